// A network of the visitor's own classes in use: photos and the camera are read, it is looked into, it is handed out.
(() => {
  const { make, tell, retell, call, latest } = convdemo;
  const MANY = 12; // classes from which on only the likeliest have a bar
  const PAUSE = 150; // milliseconds between two frames of the camera
  const SIDE = 256; // pixels of the shorter side of such a frame

  convdemo.transferUse = (root, { server, upload, examples }) => {
    const select = make("select", { class: "cd-select", onchange: () => use(select.value) });
    const nothing = make("p", { class: "cd-quiet", "data-say": "transfer.no_model" });
    const photo = make("img", { class: "cd-picture", hidden: "", "data-say-label": "picture.yours" });
    const area = make("button", { type: "button", class: "cd-photo cd-try-photo" }, make("span", { class: "cd-invite", "data-say": "picture.drop" }), photo);
    const live = make("button", { type: "button", class: "cd-button", "data-say": "transfer.live", "data-say-tip": "transfer.live_why", onclick: () => (video ? endLive() : beginLive()) });
    const remove = make("button", { type: "button", class: "cd-button", "data-say": "picture.remove" });
    const tools = make("div", { class: "cd-toolbar" }, live, remove);
    const row = make("div", { class: "cd-examples", role: "group", "data-say-label": "picture.examples" });
    const winner = make("p", { class: "cd-winner-name" });
    const status = make("p", { class: "cd-words", role: "status", "aria-live": "polite" });
    const bars = make("div", { class: "cd-own-bars" });
    const explain = make("button", { type: "button", class: "cd-button", "data-say": "transfer.explain", "data-say-tip": "transfer.explain_why", onclick: explainIt });
    const body = make("div", {}, area, tools, row, winner, status, bars, make("div", { class: "cd-toolbar" }, explain));
    const files = make("div");
    const hand = make("div", { class: "cd-hand-out" }, make("h3", { "data-say": "transfer.export" }), make("p", { class: "cd-quiet cd-shelved" }), files);
    root.append(make("label", { class: "cd-field" }, make("span", { "data-say": "answer.model" }), select), nothing, body, hand);
    const rows = convdemo.bars(bars, { small: true });
    const exporting = convdemo.transferExport(files, { server, model: () => model });
    convdemo.examples(row, examples, (example) => take({ example, job: "clothes" }));

    let models = [];
    let model = null;
    let picture = null; // {upload, name} or {example, job}
    let video = null;
    let barred = "";

    const ask = latest(async (stale) => {
      if (!model || !picture) return;
      const reply = await call(server.read, { model, ...picture }, stale);
      if (stale() || !picture) return;
      if (reply.problem) refuse(reply);
      else {
        photo.src = reply.picture;
        photo.hidden = false;
        show(reply);
      }
    });

    function show({ label, probabilities, seconds }) {
      const ranked = convdemo.ranked(probabilities).map(([name]) => name);
      const classes = ranked.length > MANY ? ranked.slice(0, 10) : models.find(({ name }) => name === model)?.classes ?? ranked;
      if (barred !== classes.join("\n")) {
        rows.build(classes);
        barred = classes.join("\n");
      }
      rows.show(probabilities, label);
      tell(winner, `class.${label}|${label}`);
      retell(status, "answer.seconds", { milliseconds: (1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0) });
      explain.disabled = false;
    }

    function blank() {
      photo.hidden = true;
      explain.disabled = true;
      tell(winner, "");
      rows.show({});
    }

    function refuse(reply) {
      blank();
      retell(status, ...convdemo.transferRefusal(reply));
    }

    function take(chosen) {
      endLive();
      ways.forget();
      picture = chosen;
      ask();
    }

    const ways = convdemo.pictureInput({
      element: root, toolbar: tools, area, remove, upload,
      onWait: () => {
        endLive();
        picture = null;
        blank();
        rows.wait();
        retell(status, "picture.reading");
      },
      onSentence: (key) => {
        if (!picture) rows.show({});
        retell(status, key);
      },
      onPicture: (sent) => {
        picture = sent;
        ask();
      },
      onClear: () => {
        endLive();
        picture = null;
        blank();
        retell(status, "answer.none");
      },
    });

    async function beginLive() {
      const stream = await convdemo.cameraStream();
      if (!stream) {
        retell(status, "picture.no_camera");
        return;
      }
      ways.forget();
      picture = null;
      photo.hidden = true;
      video = convdemo.cameraVideo(stream);
      video.className = "cd-picture";
      area.append(video);
      tell(live, "transfer.live_end");
      watch(video);
    }

    // Frame after frame, one on its way at a time, while somebody looks.
    async function watch(mine) {
      while (video === mine) {
        if (mine.videoWidth && model && root.offsetParent && !document.hidden) {
          const blob = await convdemo.cameraFrame(mine, SIDE, 0.85);
          const bytes = new Uint8Array(await blob.arrayBuffer());
          const reply = await call(server.read, { model, frame: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) });
          if (video === mine) {
            if (reply.problem) retell(status, ...convdemo.transferRefusal(reply));
            else show(reply);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }

    function endLive() {
      if (!video) return;
      video.srcObject.getTracks().forEach((track) => track.stop());
      video.remove();
      video = null;
      tell(live, "transfer.live");
    }

    async function explainIt() {
      if (video) {
        const file = new File([await convdemo.cameraFrame(video)], "camera.jpg");
        endLive();
        await convdemo.sendToExplain(upload, file, model);
      } else if (picture) convdemo.explain({ picture, model });
    }

    function use(name) {
      if (name === model) return;
      model = name;
      select.value = name;
      exporting.clear();
      const shelved = hand.querySelector(".cd-shelved");
      tell(shelved, "transfer.shelved", { name: convdemo.plainText(name) });
      ask();
    }

    // The models there are, the newest first; `chosen` is to be used now.
    function offer(entries, chosen) {
      models = entries;
      select.replaceChildren(...models.map(convdemo.modelOption));
      nothing.hidden = models.length > 0;
      select.parentElement.hidden = body.hidden = hand.hidden = !models.length;
      const kept = models.find(({ name }) => name === (chosen ?? model)) ?? models[0];
      if (!kept) return;
      if (!picture && !video) picture = { example: examples[0].name, job: "clothes" };
      select.value = kept.name;
      if (kept.name === model) return;
      use(kept.name);
    }

    return { offer, use };
  };

  // A picture that is here and not on the server goes there first.
  convdemo.sendToExplain = async (upload, file, model) => {
    let sent;
    try {
      sent = await upload(new File([file], "picture"));
    } catch {
      sent = null;
    }
    if (sent?.path) convdemo.explain({ picture: { upload: sent.path, name: file.name }, model });
    return Boolean(sent?.path);
  };
})();
