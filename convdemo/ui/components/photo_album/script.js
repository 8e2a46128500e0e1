/**
 * @typedef {import("../shared.js").Sentence} Sentence
 * @typedef {{id: string, name: string, photos: string[]}} PhotoClass
 * @typedef {{classes: PhotoClass[], pictures: Record<string, string>, marked: string[], said: Sentence,
 *   refused: [string, Sentence][], notes: Sentence[], going: [number, Sentence] | null, file: string, example: boolean,
 *   turn: string, key: string, version: number}} Photos
 * @typedef {{node: HTMLElement, show: (one: PhotoClass) => string[], focus: () => void}} Card
 */

const AT_ONCE = 12; // files of one change
const [FIRST, MORE] = [24, 120]; // photos of a class that are shown, and that each click adds
const NAMED = 3; // files that are named where many cannot be used
const MEGABYTE = 2 ** 20; // as Gradio counts them in its limit
const PATIENCE = 60_000; // milliseconds after which an answer is not waited for any longer
const EVERY = 200; // milliseconds between two photos of a burst
const SECONDS = 3; // of a burst that needs no hand
const MOST = 60; // photos of a burst
const SIDE = 480; // pixels of the shorter side of such a photo

const megabytes = (/** @type {number} */ bytes) => (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0);
const unique = () => crypto.getRandomValues(new Uint32Array(3)).join("");
const plain = (/** @type {string} */ text) => `@|${text.replaceAll("|", "/")}`; // a name is no key

/** How Gradio's server is asked. */
function address(/** @type {string} */ path) {
  const { root = ".", api_prefix: prefix = "" } = /** @type {any} */ (window).gradio_config ?? {};
  return new URL(`${root}${prefix}/${path}`, document.baseURI).href;
}

/**
 * Files on their way to the server: as Gradio sends them, but they can be stopped and tell how far they are.
 * They get names of our own: the visitor's may be anything, and two visitors may have the same.
 * @param {File[]} files
 * @param {(done: number) => void} [onProgress]
 */
function send(files, onProgress = () => {}) {
  const request = new XMLHttpRequest();
  const form = new FormData();
  for (const file of files) form.append("files", file, `${unique()}.bin`);
  /** @type {Promise<string[] | null>} */
  const paths = new Promise((done) => {
    request.addEventListener("loadend", () => done(request.status === 200 ? request.response : null));
  });
  request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
  request.responseType = "json";
  request.open("POST", address("upload"));
  request.send(form);
  return { paths, stop: () => request.abort() };
}

/** @type {import("../shared.js").Mount<Photos>} */
export function mount({ element, props, trigger, watch }, { camera, find, keep: save, language, make, onLanguage, snapshot, speaker, takeDrops, write }) {
  const say = speaker(props.words);
  const parts = [".banner", ".classes", ".going", ".doing", ".said", ".refused", ".notes", ".keep", ".again", ".zip"];
  const [banner, list, going, doing, said, refused, notes, keep, again, zip] = parts.map((one) => find(element, one));
  const bar = /** @type {HTMLProgressElement} */ (find(element, "progress"));
  const chooser = /** @type {HTMLInputElement} */ (find(element, ".zip-file"));
  /** @type {Map<string, Card>} */
  const cards = new Map();
  /** @type {Map<string, string>} */
  const pictures = new Map();
  const asked = new Set(); // photos whose pictures were asked for
  /** @type {Photos | null} */
  let album = null;
  /** @type {{turn: string, done: () => void} | null} */
  let awaited = null;
  /** @type {Sentence} */
  let told = ""; // what we say ourselves; else the value speaks
  let sending = false;
  let stop = () => {};
  let bursting = () => {}; // says a dialog again

  const button = (/** @type {string} */ className, /** @type {() => void} */ onclick) => make("button", { type: "button", className, onclick });

  /** @type {Promise<unknown>} */
  let last = Promise.resolve();

  // One change after the other; it is over once a value answers it.
  function ask(/** @type {string} */ action, /** @type {Record<string, unknown>} */ data = {}) {
    last = last.then(() => new Promise((done) => {
      const turn = unique();
      const late = setTimeout(() => {
        tell("late");
        done(null);
      }, PATIENCE);
      awaited = { turn, done: () => {
        clearTimeout(late);
        awaited = null;
        done(null);
      } };
      trigger("input", { action, turn, language: language(), ...data });
    }));
    return last;
  }

  // The same for a change by hand: what was said before is no news any longer.
  function change(/** @type {string} */ action, /** @type {Record<string, unknown>} */ data = {}) {
    tell("");
    return ask(action, data);
  }

  function tell(/** @type {Sentence} */ sentence) {
    told = sentence;
    write(said, say(told));
  }

  const begin = (/** @type {string} */ action, /** @type {string[]} */ keys) =>
    change(action, { names: keys.map((key, place) => say(key, { number: place + 1 })) });

  // A class of its own name, which has the focus then.
  async function addClass() {
    const names = new Set(album?.classes.map(({ name }) => name));
    let number = names.size + 1;
    while (names.has(say("class_n", { number }))) number++;
    await change("add_class", { name: say("class_n", { number }) });
    cards.get(album?.classes.at(-1)?.id ?? "")?.focus();
  }

  // What is on its way: how much of it, in words, and how it is stopped.
  function work(/** @type {boolean} */ goes, /** @type {() => void} */ end = () => {}) {
    [sending, stop] = [goes, end];
    draw();
  }

  function share(/** @type {number} */ done, /** @type {Sentence} */ sentence) {
    bar.value = done;
    write(doing, say(sentence));
  }

  /** @type {Promise<unknown>} */
  let queue = Promise.resolve();

  // Files for a class, or a zip for all of them; what is brought first arrives first.
  function bring(/** @type {string} */ id, /** @type {File[]} */ files, burst = "") {
    if (!files.length) return;
    const archive = files.length === 1 && /\.zip$/i.test(files[0].name);
    queue = queue.then(() => (archive ? bringZip(files[0]) : bringPhotos(id, files, burst)));
  }

  async function bringPhotos(/** @type {string} */ id, /** @type {File[]} */ files, /** @type {string} */ burst) {
    let stopped = false;
    let unsent = 0;
    tell("");
    for (let start = 0; start < files.length && !stopped; start += AT_ONCE) {
      const some = files.slice(start, start + AT_ONCE);
      const sent = send(some);
      work(true, () => {
        stopped = true;
        sent.stop();
      });
      share(start / files.length, ["sending", { done: start, of: files.length }]);
      const paths = await sent.paths;
      if (stopped) break;
      if (!paths) unsent += some.length;
      else {
        const uploads = some.map(({ name }, place) => ({ upload: paths[place], name: name.slice(0, 200) }));
        await ask("add", { class: id, uploads, burst, on: start > 0 });
      }
    }
    work(false);
    if (stopped) tell("stopped");
    else if (unsent) tell(["unsent", { files: unsent }]);
  }

  async function bringZip(/** @type {File} */ file) {
    const limit = /** @type {any} */ (window).gradio_config?.max_file_size ?? Infinity;
    if (file.size > limit) return tell(["zip_large", { megabytes: megabytes(file.size), limit: megabytes(limit) }]);
    let stopped = false;
    tell("");
    const sent = send([file], (done) => share(done / file.size, ["zip_sending", { done: megabytes(done), of: megabytes(file.size) }]));
    work(true, () => {
      stopped = true;
      sent.stop();
    });
    const paths = await sent.paths;
    if (paths && !stopped) await ask("zip", { upload: paths[0], name: file.name.slice(0, 200) });
    work(false);
    if (stopped) tell("stopped");
    else if (!paths) tell(["unsent", { files: 1 }]);
  }

  /** @returns {Card} */
  function card(/** @type {string} */ id) {
    const name = make("input", { type: "text", className: "name", maxLength: 200 });
    const [count, invite] = [make("span", { className: "count quiet" }), make("p", { className: "quiet hides" })];
    const remove = button("remove", () => change("remove_class", { class: id }));
    const files = make("input", { type: "file", accept: "image/*", multiple: true, tabIndex: -1, hidden: true });
    const [upload, camera] = [button("upload", () => files.click()), button("camera", () => burst(id))];
    const sheet = make("div", { className: "sheet hides", role: "group" });
    const more = button("more", () => {
      shown += MORE;
      draw();
    });
    const node = make("section", { className: "class" }, make("div", { className: "head tools" }, name, count, remove),
      make("div", { className: "tools" }, upload, camera, files), invite, sheet, more);
    node.dataset.class = id;
    /** @type {Map<string, HTMLButtonElement>} */
    const tiles = new Map();
    let [known, shown] = ["", FIRST];

    name.addEventListener("change", async () => {
      await change("rename_class", { class: id, name: name.value });
      name.value = known; // as it is called now
    });
    name.addEventListener("keydown", ({ key }) => key === "Enter" && name.blur());
    files.addEventListener("change", () => {
      bring(id, [...files.files ?? []]);
      files.value = "";
    });
    takeDrops(node, "over", (found) => (typeof found === "string" ? tell(found) : bring(id, found)));

    function tile(/** @type {string} */ photo) {
      const made = button("thumb bare", () => {
        const next = made.nextElementSibling ?? made.previousElementSibling ?? upload;
        if (document.activeElement === made && next instanceof HTMLElement) next.focus();
        made.remove(); // at once; Python says later what there is
        change("remove_photo", { photo });
      });
      made.append(make("img", { alt: "" }));
      return made;
    }

    function show(/** @type {PhotoClass} */ one) {
      if (known !== one.name || document.activeElement !== name) name.value = known = one.name;
      name.ariaLabel = say("class_name");
      const [all, seen] = [one.photos.length, one.photos.slice(0, shown)];
      write(count, say(all === 1 ? "one_photo" : "n_photos", { photos: all }));
      remove.textContent = "×";
      remove.title = remove.ariaLabel = say("remove_class", { name: plain(one.name) });
      for (const [node, key] of /** @type {[HTMLElement, string][]} */ ([[upload, "add"], [camera, "camera"]])) {
        node.textContent = say(key);
        node.title = say(`${key}_why`);
      }
      invite.textContent = all ? "" : say("invite");
      for (const photo of tiles.keys()) if (!seen.includes(photo)) {
        tiles.get(photo)?.remove();
        tiles.delete(photo);
      }
      seen.forEach((photo, place) => {
        const made = tiles.get(photo) ?? tile(photo);
        const [image, picture] = [/** @type {HTMLImageElement} */ (made.firstElementChild), pictures.get(photo)];
        tiles.set(photo, made);
        if (picture && !image.src) image.src = picture;
        if (sheet.children[place] !== made) sheet.insertBefore(made, sheet.children[place] ?? null);
        const marked = album?.marked.includes(photo) ?? false;
        made.classList.toggle("marked", marked);
        made.title = made.ariaLabel = say(marked ? "thumb_twice" : "thumb", { number: place + 1, name: plain(one.name) });
      });
      more.hidden = all <= shown;
      more.textContent = say("more_photos", { photos: all - shown });
      return seen;
    }

    return { node, show, focus: () => name.focus() };
  }

  // Photos of a class: while a button is held down by a finger, the mouse or a key, or for some seconds.
  async function burst(/** @type {string} */ id) {
    const [title, count] = [make("h2"), make("p", { className: "taken", role: "status" })];
    const hold = button("hold strong", () => {});
    const [timed, over] = [button("timed", () => (taking ? end() : take(SECONDS))), button("done", () => opened?.dialog.close())];
    const opened = await camera(element, count, make("div", { className: "tools" }, hold, timed, over));
    if (!opened) return tell("no_camera");
    const { video, dialog } = opened;
    dialog.prepend(title);
    let [taking, taken] = [false, 0];
    const end = () => { taking = false; };

    bursting = () => {
      title.textContent = say("camera_title", { name: plain(album?.classes.find((one) => one.id === id)?.name ?? "") });
      hold.textContent = say("hold");
      timed.textContent = say("for_seconds", { seconds: SECONDS });
      over.textContent = say("camera_done");
      count.textContent = say("taken", { photos: taken });
    };

    async function take(seconds = Infinity) {
      if (taking) return;
      taking = true;
      const [until, frames] = [performance.now() + 1000 * seconds, /** @type {File[]} */ ([])];
      while (taking && frames.length < MOST && performance.now() < until) {
        const started = performance.now();
        if (video.videoWidth) frames.push(new File([await snapshot(video, SIDE)], `photo-${++taken}.jpg`));
        bursting();
        await new Promise((done) => setTimeout(done, Math.max(0, EVERY - (performance.now() - started))));
      }
      taking = false;
      bring(id, frames, unique());
    }

    hold.addEventListener("pointerdown", ({ button: pressed }) => pressed === 0 && take());
    for (const event of ["pointerup", "pointerleave", "pointercancel", "blur", "keyup"]) hold.addEventListener(event, end);
    hold.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long touch
    hold.addEventListener("keydown", (event) => {
      if (![" ", "Enter"].includes(event.key)) return;
      event.preventDefault();
      if (!event.repeat) take();
    });
    dialog.addEventListener("close", () => {
      end();
      bursting = () => {};
    });
    bursting();
  }

  function draw() {
    if (!album) return;
    const { classes, going: reading } = album;
    for (const node of element.querySelectorAll("[data-word]")) node.textContent = say(node.getAttribute("data-word") ?? "");
    bar.ariaLabel = say("bringing");
    zip.title = say("zip_why");
    keep.title = say("keep_why");
    banner.hidden = !album.example;
    again.hidden = album.example;
    keep.toggleAttribute("disabled", !classes.some(({ photos }) => photos.length));
    zip.toggleAttribute("disabled", sending || reading !== null);
    for (const [id, { node }] of cards) if (!classes.some((one) => one.id === id)) {
      node.remove();
      cards.delete(id);
    }
    const seen = classes.flatMap((one, place) => {
      const made = cards.get(one.id) ?? card(one.id);
      cards.set(one.id, made);
      if (list.children[place] !== made.node) list.insertBefore(made.node, list.children[place] ?? null);
      return made.show(one);
    });
    const unseen = seen.filter((photo) => !pictures.has(photo) && !asked.has(photo)).slice(0, MORE);
    unseen.forEach((photo) => asked.add(photo));
    if (unseen.length) ask("show", { photos: unseen });
    going.hidden = !sending && !reading;
    if (reading && !sending) share(...reading);
    write(said, say(told || album.said));
    refused.replaceChildren(...album.refused.slice(0, NAMED).map(([name, why]) => make("li", {}, make("strong", {}, name), " ", say(why))));
    const others = album.refused.length - NAMED;
    if (others > 0) refused.append(make("li", { className: "quiet" }, say("refused_more", { files: others })));
    notes.replaceChildren(...album.notes.map((one) => make("p", {}, say(one))));
    bursting();
  }

  function learn() {
    const { value } = props;
    Object.entries(value?.pictures ?? {}).forEach(([id, picture]) => pictures.set(id, picture));
    if (!value) return;
    if (value.key !== album?.key || value.version >= album.version) album = value;
    draw();
    if (value.turn !== awaited?.turn) return;
    if (value.file) save(address(`file=${encodeURI(value.file)}`), value.file.replace(/.*[\\/]/, ""));
    awaited.done();
  }

  find(element, ".own").onclick = () => begin("clear", ["class_n", "class_n"]);
  again.onclick = () => begin("show_example", ["class_shoes", "class_bags"]);
  find(element, ".add-class").onclick = addClass;
  find(element, ".stop").onclick = () => (sending ? stop() : ask("stop"));
  keep.onclick = () => change("keep");
  zip.onclick = () => chooser.click();
  chooser.addEventListener("change", () => {
    const [file] = chooser.files ?? [];
    chooser.value = "";
    if (file) queue = queue.then(() => bringZip(file));
  });

  // A picture is pasted into the class that has the focus; else it is somebody else's.
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData?.files ?? []];
    const within = document.activeElement?.closest("[data-class]");
    if (!files.length || !(within instanceof HTMLElement) || !element.contains(within)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    bring(within.dataset.class ?? "", files);
  }, true);
  watch("value", learn);
  onLanguage(element, draw);
  learn();
}
