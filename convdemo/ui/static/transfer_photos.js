// The photos of the Transfer tab: classes by name, brought in file by file, by the camera or as a whole zip,
// and looked over before anything is trained.
(() => {
  const { make, tell, retell, call } = convdemo;
  const AT_ONCE = 12; // files of one request
  const MEGABYTE = 2 ** 20; // as Gradio counts them in its limit
  const NAMED = 3; // files that are named where many cannot be read
  const plain = (text) => convdemo.plainText(text);
  const megabytes = (bytes) => (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0);

  // `onAlbum` gets the photos as the server has them now.
  convdemo.transferPhotos = (root, { element, server, onAlbum }) => {
    const button = (key, onclick, more = {}) => make("button", { type: "button", class: "cd-button", "data-say": key, onclick, ...more });
    const own = button("transfer.start_own", () => begin("clear", "transfer.class_one", "transfer.class_two"), { class: "cd-button cd-primary" });
    const banner = make("div", { class: "cd-banner" }, make("p", { "data-say": "transfer.example" }), own);
    const list = make("div", { class: "cd-classes" });
    const chooser = make("input", { type: "file", accept: ".zip", class: "cd-hidden", tabindex: "-1" });
    const example = button("transfer.show_example", () => begin("show_example", "transfer.class_shoes", "transfer.class_bags"));
    const keep = button("transfer.keep", keepPhotos, { "data-say-tip": "transfer.keep_why" });
    const zip = button("transfer.zip", () => chooser.click(), { "data-say-tip": "transfer.zip_why" });
    const bar = convdemo.progress("transfer.bringing");
    const doing = make("p", { class: "cd-quiet" });
    const stopButton = button("transfer.stop", () => stop());
    const going = make("div", { class: "cd-going", hidden: "" }, bar.node, doing, stopButton);
    const sentence = make("p", { class: "cd-words", role: "status", "aria-live": "polite" });
    const refused = make("ul", { class: "cd-refused" });
    const over = make("div", { class: "cd-look" });
    root.append(banner, list, make("div", { class: "cd-toolbar" }, button("transfer.add_class", addClass), zip, keep, example, chooser), going, sentence, refused, over,
      make("p", { class: "cd-quiet", "data-say": "transfer.private" }));
    const cards = new Map();
    const pictures = {}; // by the id of a photo
    let album = null;
    let target = null; // the class that a pasted picture goes into
    let stop = () => {};
    let sending = false;

    const say = (key, values) => retell(sentence, key, values);

    function begin(action, first, second) {
      act(action, { names: [convdemo.say(first, { number: 1 }), convdemo.say(second, { number: 2 })] });
    }

    // A change of the photos; what the server has then is shown.
    async function act(action, payload) {
      const reply = await call(server[action], payload);
      if (reply.problem) say(...convdemo.transferRefusal(reply));
      else {
        say("");
        refused.replaceChildren();
        onAlbum(reply);
      }
      return reply;
    }

    async function addClass() {
      const names = new Set(album?.classes.map(({ name }) => name));
      let number = names.size + 1;
      while (names.has(convdemo.say("transfer.class_n", { number }))) number++;
      const reply = await act("add_class", { name: convdemo.say("transfer.class_n", { number }) });
      if (!reply.problem) cards.get(reply.classes.at(-1).id)?.focus();
    }

    const on = {
      remove: (id) => act("remove_class", { class: id }),
      removePhoto: (photo) => act("remove_photo", { photo }),
      files: send,
      say,
      async rename(id, name) {
        const reply = await act("rename_class", { class: id, name });
        if (reply.problem) cards.get(id)?.restore();
      },
      camera: (id) => convdemo.transferBurst(element, {
        name: album.classes.find((one) => one.id === id)?.name ?? "", onSentence: say,
        onBurst: (files) => send(id, files, crypto.getRandomValues(new Uint32Array(2)).join("-")),
      }),
    };

    // Pictures for ids: those that are there, and the others once the server has sent them.
    async function images(ids) {
      const missing = ids.filter((id) => !pictures[id]);
      for (let start = 0; start < missing.length; start += 100) {
        const reply = await call(server.thumbnails, { photos: missing.slice(start, start + 100) });
        Object.assign(pictures, reply.images);
      }
      return pictures;
    }

    function work(goes) {
      sending = goes;
      going.hidden = !goes;
      zip.disabled = goes;
    }

    // Files for a class, some at a time; those that cannot be read are named.
    let queue = Promise.resolve();
    function send(id, files, burst) {
      if (!files.length) return queue;
      const archive = files.find((file) => /\.zip$/i.test(file.name));
      queue = queue.then(() => (archive && files.length === 1 ? bringZip(archive) : bring(id, files, burst)));
      return queue;
    }

    async function bring(id, files, burst) {
      let stopped = false;
      let [added, repeated] = [0, 0];
      const wrong = [];
      work(true);
      say("");
      refused.replaceChildren();
      for (let start = 0; start < files.length && !stopped; start += AT_ONCE) {
        const some = files.slice(start, start + AT_ONCE);
        bar.show(start / files.length);
        tell(doing, "transfer.sending", { done: start, of: files.length });
        const sent = convdemo.transferSend(some);
        stop = () => {
          stopped = true;
          sent.stop();
        };
        const paths = await sent.paths;
        if (stopped) break;
        if (!paths) {
          wrong.push(...some.map(({ name }) => ({ name, problem: "transfer_unsent", values: {} })));
          continue;
        }
        const uploads = some.map(({ name }, place) => ({ upload: paths[place], name: name.slice(0, 200) }));
        const reply = await call(server.add, { class: id, uploads, ...(burst && { burst }) });
        if (reply.problem) {
          wrong.push({ name: "", ...reply });
          break;
        }
        added += some.length - reply.refused.length - reply.repeated;
        repeated += reply.repeated;
        wrong.push(...reply.refused);
        onAlbum(reply);
      }
      work(false);
      const told = stopped ? "transfer.added_stopped" : repeated ? "transfer.added_repeated" : "transfer.added";
      say(added || !wrong.length || stopped ? told : "", { photos: added, repeated });
      complain(wrong);
    }

    function complain(wrong) {
      refused.replaceChildren(...wrong.slice(0, NAMED).map((one) => {
        const why = make("span");
        tell(why, ...convdemo.transferRefusal(one));
        return make("li", {}, one.name ? make("strong", {}, one.name) : "", one.name ? " " : "", why);
      }));
      if (wrong.length <= NAMED) return;
      const rest = make("li", { class: "cd-quiet" });
      tell(rest, "transfer.refused_more", { files: wrong.length - NAMED });
      refused.append(rest);
    }

    async function bringZip(file) {
      const limit = window.gradio_config?.max_file_size ?? Infinity;
      if (file.size > limit) {
        say("transfer.zip_large", { megabytes: megabytes(file.size), limit: megabytes(limit) });
        return;
      }
      work(true);
      say("");
      refused.replaceChildren();
      const share = (done, of) => {
        bar.show(of ? done / of : 0);
        tell(doing, "transfer.zip_sending", { done: megabytes(done), of: megabytes(of) });
      };
      share(0, file.size);
      const sent = convdemo.transferSend([file], share);
      let stopped = false;
      stop = () => {
        stopped = true;
        sent.stop();
      };
      const paths = await sent.paths;
      const reply = paths && !stopped ? await call(server.zip, { upload: paths[0] }) : null;
      work(false);
      if (stopped) say("problem.photos_stopped");
      else if (!reply) say("problem.transfer_unsent");
      else if (reply.problem) say(...convdemo.transferRefusal(reply));
      else onAlbum(reply);
    }

    chooser.addEventListener("change", () => {
      const [file] = chooser.files;
      chooser.value = "";
      if (file) queue = queue.then(() => bringZip(file));
    });

    root.addEventListener("focusin", ({ target: focused }) => {
      target = focused.closest(".cd-class")?.dataset.class ?? target;
    });

    // A picture is pasted into the class that has the focus; else it is one to be read.
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      const within = document.activeElement?.closest(".cd-class");
      if (!files.length || !within || !root.contains(within)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      send(within.dataset.class, files);
    }, true);

    async function keepPhotos() {
      const reply = await call(server.keep, {});
      if (reply.problem) say(...convdemo.transferRefusal(reply));
      else make("a", { href: convdemo.transferAddress(reply.file), download: reply.name }).click();
    }

    function showIntake(intake) {
      if (sending || !intake) return;
      going.hidden = intake.over;
      zip.disabled = !intake.over;
      if (!intake.over) {
        stop = () => call(server.stop_zip, {});
        bar.show(intake.of ? intake.done / intake.of : 0);
        tell(doing, intake.of ? "transfer.zip_reading" : "transfer.zip_opening", { done: intake.done, of: intake.of });
      } else if (!intake.told) {
        if (intake.refused) say(...convdemo.transferRefusal(intake.refused));
        else say("transfer.zip_there", { photos: intake.done - (intake.findings.find(({ kind }) => kind === "unreadable")?.count ?? 0) });
      }
    }

    // `news` is whether the zip that was read is news to the page.
    function show(shown, news) {
      album = shown;
      banner.hidden = !album.example;
      example.hidden = album.example;
      keep.disabled = !album.count;
      const marks = new Map(album.torn.map((photo) => [photo, "in_two_classes"]));
      for (const [id, card] of cards) {
        if (album.classes.some((one) => one.id === id)) continue;
        card.node.remove();
        cards.delete(id);
      }
      album.classes.forEach((one, place) => {
        if (!cards.has(one.id)) cards.set(one.id, convdemo.transferClass({ id: one.id, on, images }));
        const card = cards.get(one.id);
        if (list.children[place] !== card.node) list.insertBefore(card.node, list.children[place] ?? null);
        card.show(one, marks);
      });
      showIntake(album.intake && { ...album.intake, told: !news });
      convdemo.transferLook(over, album);
      convdemo.speak(root);
    }

    return { show };
  };

  // What is to be known of a set before it is trained with: how it is split, what is missing, what was found.
  convdemo.transferLook = (root, album) => {
    const { missing, intake, findings = [], training, validation } = album;
    const line = (key, values, className) => {
      const node = make("p", { class: className });
      tell(node, key, values);
      return node;
    };
    const empty = album.classes.filter(({ photos }) => !photos.length);
    root.replaceChildren(
      ...(missing ? [line(...convdemo.transferRefusal(missing), "cd-words")] : [line("transfer.split", { training, validation }, "cd-words")]),
      ...(!missing && empty.length ? [line("transfer.empty", { names: plain(empty.map(({ name }) => name).join(", ")) }, "cd-quiet")] : []),
      ...convdemo.findingLines([...(intake?.over ? intake.findings : []), ...findings]),
    );
  };
})();
