// Pictures of the visitor's own: a zip of class folders is sent, read on the server, and becomes a data set.
(() => {
  const { make, tell, call, grouped } = convdemo;
  const EVERY = 500; // milliseconds between two looks at a zip that is being read
  const LATER = 2000; // and at a server that does not answer
  const MANY = 4; // classes that are seen without scrolling
  const MEGABYTE = 2 ** 20; // as Gradio counts them in its limit
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const megabytes = (bytes) => (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0);
  // Texts of a zip are no keys, whatever they look like.
  const plain = (text) => `@|${text}`;

  // Sends a file as Gradio's own upload does, which does not tell how far it is and cannot be stopped.
  function sending(file, onProgress) {
    const request = new XMLHttpRequest();
    const { root = "", api_prefix: prefix = "/gradio_api" } = window.gradio_config ?? {};
    const form = new FormData();
    form.append("files", file, "pictures.zip");
    const path = new Promise((resolve) => {
      request.addEventListener("loadend", () => resolve(request.status === 200 ? request.response?.[0] : null));
    });
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded, total));
    request.responseType = "json";
    request.open("POST", `${root}${prefix}/upload`);
    request.send(form);
    return { path, stop: () => request.abort() };
  }

  // `onChange` gets the name of a data set that is to be chosen, or null, and gives the new options.
  convdemo.ownPictures = (root, { server, onChange }) => {
    const chooser = make("input", { type: "file", accept: ".zip" });
    const button = make("button", {
      type: "button", class: "cd-button", "data-say": "train.own", "data-say-tip": "train.own.why", onclick: () => chooser.click(),
    });
    const remove = make("button", { type: "button", class: "cd-button", "data-say": "train.own_remove", hidden: "", onclick: askRemove });
    const limits = make("p", { class: "cd-quiet" });
    const bar = convdemo.progress("train.own_progress");
    const doing = make("span");
    const left = make("span");
    const stopButton = make("button", { type: "button", class: "cd-button", "data-say": "train.stop", onclick: () => stop() });
    const going = make("div", { class: "cd-going", hidden: "" }, bar.node, make("p", { class: "cd-quiet" }, doing, " ", left), stopButton);
    const sentence = make("p", { role: "status" });
    const found = make("div");
    const classes = make("ol", { class: "cd-own-classes", role: "list" });
    root.append(make("div", { class: "cd-toolbar" }, button, remove), limits, going, sentence, found, classes);
    let options = null;
    let shown = null; // the name of the data set that is chosen
    let selected = null; // that data set, if it is the visitor's own
    let sure = false;
    let stop = () => {};

    function say(key, values, trouble = false) {
      sentence.className = trouble ? "cd-trouble" : "cd-words";
      tell(sentence, key, values);
    }

    function complain(refused) {
      say(...convdemo.transferRefusal(refused), true);
      if (refused.findings) found.replaceChildren(...convdemo.findingLines(refused.findings));
    }

    function progress(done, of, seconds, key, values) {
      const share = of ? done / of : 0;
      bar.show(share);
      tell(doing, key, values);
      const known = Number.isFinite(seconds) && done < of;
      tell(left, known ? "train.own_left" : "", known ? { left: plain(convdemo.say(...convdemo.duration(seconds))) } : undefined);
    }

    function work(goes) {
      going.hidden = !goes;
      limits.hidden = goes;
      button.disabled = remove.disabled = goes;
    }

    // What is wrong with a file as far as can be told before it is sent.
    function refusal(file) {
      const limit = window.gradio_config?.max_file_size ?? Infinity;
      const owned = options.datasets.filter(({ own }) => own).length;
      if (owned >= options.limits.datasets) return ["problem.train_datasets", { datasets: options.limits.datasets }];
      if (file.size > limit) return ["train.own_large", { megabytes: megabytes(file.size), limit: megabytes(limit) }];
      return null;
    }

    async function take(file) {
      if (!file || !options || button.disabled) return;
      const refused = refusal(file);
      if (refused) {
        say(...refused, true);
        return;
      }
      say("");
      found.replaceChildren();
      work(true);
      stopButton.focus();
      try {
        await bring(file);
      } finally {
        const focused = going.contains(document.activeElement);
        work(false);
        if (focused) button.focus();
      }
    }

    async function bring(file) {
      let stopped = false;
      const since = performance.now();
      const sent = sending(file, (done, of) => {
        const seconds = ((performance.now() - since) / 1000 / done) * (of - done);
        progress(done, of, seconds, "train.own_sending", { done: megabytes(done), of: megabytes(of) });
      });
      progress(0, file.size, null, "train.own_sending", { done: megabytes(0), of: megabytes(file.size) });
      stop = () => {
        stopped = true;
        sent.stop();
      };
      const upload = await sent.path;
      if (stopped) complain({ problem: "photos_stopped" });
      else if (!upload) say("train.own_unsent", undefined, true);
      if (stopped || !upload) return;
      progress(0, 0, null, "train.own_opening");
      const { intake, ...refused } = await call(server.intake, { upload, title: file.name });
      if (!intake) {
        complain(refused);
        return;
      }
      stop = () => {
        stopped = true;
        call(server.intake_stop, { intake });
      };
      if (stopped) stop(); // while it was being accepted
      const read = await watch(intake, () => stopped);
      if (read.problem) complain(read);
      else await welcome(read);
    }

    // Until the zip is read: {of, dataset}, or {problem, values}.
    async function watch(intake, stopped) {
      for (;;) {
        const reply = await call(server.intake_state, { intake });
        const away = reply.problem === "offline" || reply.problem === "busy";
        // A server that was started anew does not know of it.
        if ((away && stopped()) || reply.problem === "request") return { problem: "photos_stopped" };
        if (!away && (reply.problem || reply.dataset)) return reply;
        if (away) tell(doing, `problem.${reply.problem}`);
        else if (reply.of) progress(reply.done, reply.of, reply.seconds_left, "train.own_reading", { done: grouped(reply.done), of: grouped(reply.of) });
        await pause(away ? LATER : EVERY);
      }
    }

    async function welcome({ dataset }) {
      const reply = await onChange(dataset);
      const there = reply.datasets?.find(({ name }) => name === dataset);
      if (!there) {
        complain(reply.problem ? reply : { problem: "train_dataset_gone" });
        return;
      }
      describe();
      say("train.own_there", {
        title: plain(there.title), classes: there.classes.length,
        pictures: grouped(there.counts.reduce((sum, count) => sum + count, 0)), training: grouped(there.pictures),
      });
    }

    // Every class with its pictures: how many, and some to look at.
    const showClasses = convdemo.latest(async (stale) => {
      const name = selected?.name;
      classes.replaceChildren();
      const reply = name ? await call(server.classes, { dataset: name }) : { classes: [] };
      if (stale() || reply.problem) return;
      classes.replaceChildren(...reply.classes.map(({ name: called, count, images }) => {
        const number = make("span", { class: "cd-quiet" });
        tell(number, count === 1 ? "transfer.one_photo" : "transfer.n_photos", { photos: grouped(count) });
        return make("li", {}, make("span", {}, make("strong", {}, called), " ", number),
          make("span", { class: "cd-own-some" }, ...images.map((src) => make("img", { src, alt: "" }))));
      }));
      if (reply.classes.length > MANY) classes.setAttribute("tabindex", "0");
      else classes.removeAttribute("tabindex");
    });

    // A zip may be long gone from the visitor's disk: the first press asks.
    async function askRemove() {
      sure = !sure;
      tell(remove, sure ? "train.remove_sure" : "train.own_remove");
      if (sure) return;
      remove.disabled = true;
      const reply = await call(server.forget, { dataset: selected.name });
      remove.disabled = false;
      if (reply.problem) complain(reply);
      if (reply.problem && reply.problem !== "train_dataset_gone") return;
      button.focus();
      await onChange(null);
      if (!reply.problem) say("train.own_removed");
    }

    remove.addEventListener("blur", () => {
      sure = false;
      tell(remove, "train.own_remove");
    });

    chooser.addEventListener("change", () => {
      const [file] = chooser.files;
      chooser.value = "";
      take(file);
    });

    convdemo.dropArea(root, {
      onFiles: (files) => (files.length > 1 ? say("drop.several", {}, true) : take(files[0])),
      onSentence: (key) => say(key, {}, true),
    });

    // What the server offers, and the data set that is chosen now.
    function show(given, name) {
      options = given;
      const { classes, files, megabytes: unpacked } = options.limits.zip;
      const limit = window.gradio_config?.max_file_size ?? unpacked * MEGABYTE;
      tell(limits, "train.own_limits", { classes, files: grouped(files), megabytes: megabytes(limit), unpacked: grouped(unpacked) });
      if (name !== shown && going.hidden) say("");
      selected = options.datasets.find((one) => one.own && one.name === name) ?? null;
      remove.hidden = !selected;
      if (name !== shown) describe();
      shown = name;
    }

    function describe() {
      found.replaceChildren(...convdemo.findingLines(selected?.findings ?? []));
      showClasses();
    }

    return { show };
  };
})();
