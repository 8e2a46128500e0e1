// Strokes are kept as lines in a square of side 1, so that they can be undone, drawn sharply on any
// screen, and sent small: cropped to the ink, its longer side 112 pixels.

/**
 * @typedef {[number, number]} Point
 * @typedef {{points: Point[], width: number}} Stroke
 * @typedef {{width: number, height: number, bytes: string}} Ink
 * @typedef {{upload: string, name: string} | {example: string}} Picture
 * @typedef {{ink: Ink} | Picture} Value
 * @typedef {{answer: {label: string | null}, picture: string | null, seen: string | null}} Reply
 */

const SENT_SIDE = 112;
const MARGIN = 2; // pixels of empty paper around what is sent
const SAVED_SIDE = 448;
const SLOW = 150; // milliseconds after which it is said that a picture is being read
const BRUSHES = { thin: 0.04, medium: 1 / 14, thick: 0.11 };
const DOTS = { thin: "6px", medium: "12px", thick: "18px" };
const STEP = 1 / 40; // of the keyboard's pen

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
function contextOf(canvas, settings) {
  const found = /** @type {CanvasRenderingContext2D | null} */ (canvas.getContext("2d", settings));
  if (!found) throw new Error("there is no canvas to draw on");
  return found;
}

/**
 * Draw every stroke, the square's side being `scale` pixels, its corner at (left, top).
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {string} colour
 * @param {number} scale
 */
function paint(context, strokes, colour, scale, left = 0, top = 0) {
  context.save();
  context.strokeStyle = colour;
  context.lineCap = context.lineJoin = "round";
  const at = (/** @type {Point} */ [x, y]) => /** @type {Point} */ ([left + x * scale, top + y * scale]);
  for (const { points, width } of strokes) {
    context.lineWidth = width * scale;
    context.beginPath();
    context.moveTo(...at(points[0]));
    for (let i = 1; i < points.length - 1; i++) {
      const [[x, y], [nextX, nextY]] = [points[i], points[i + 1]];
      context.quadraticCurveTo(...at([x, y]), ...at([(x + nextX) / 2, (y + nextY) / 2]));
    }
    context.lineTo(...at(points[points.length - 1]));
    context.stroke();
  }
  context.restore();
}

/**
 * The ink as it is sent: base64 of its levels, 255 where it is full.
 * @param {Stroke[]} strokes
 * @param {CanvasRenderingContext2D} scratch
 * @returns {Ink}
 */
function inkOf(strokes, scratch) {
  const inside = (/** @type {number} */ edge) => Math.min(1, Math.max(0, edge));
  const edges = (/** @type {0 | 1} */ axis, /** @type {1 | -1} */ side) =>
    strokes.flatMap(({ points, width }) => points.map((point) => point[axis] + (side * width) / 2));
  const [left, top] = [inside(Math.min(...edges(0, -1))), inside(Math.min(...edges(1, -1)))];
  const [right, bottom] = [inside(Math.max(...edges(0, 1))), inside(Math.max(...edges(1, 1)))];
  const scale = (SENT_SIDE - 2 * MARGIN) / Math.max(right - left, bottom - top, 1e-3);
  const width = Math.ceil((right - left) * scale) + 2 * MARGIN;
  const height = Math.ceil((bottom - top) * scale) + 2 * MARGIN;
  Object.assign(scratch.canvas, { width, height });
  paint(scratch, strokes, "#000", scale, MARGIN - left * scale, MARGIN - top * scale);
  const colours = scratch.getImageData(0, 0, width, height).data;
  let text = "";
  for (let i = 3; i < colours.length; i += 4) text += String.fromCharCode(colours[i]);
  return { width, height, bytes: btoa(text) };
}

/**
 * The drawing as a PNG file, black on white.
 * @param {Stroke[]} strokes
 */
function fileOf(strokes) {
  const sheet = new OffscreenCanvas(SAVED_SIDE, SAVED_SIDE);
  const context = contextOf(sheet);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SAVED_SIDE, SAVED_SIDE);
  paint(context, strokes, "#000", SAVED_SIDE);
  return sheet.convertToBlob({ type: "image/png" });
}

/**
 * @type {import("../shared.js").Mount<Value,
 *   {live: boolean, shows: string, about: object | null, pictures: boolean, first: Point[], examples: {name: string, image: string}[]},
 *   {answer: (asked: {value: Value | null, about: object | null}) => Promise<Reply>}>}
 */
export function mount({ element, props, trigger, watch, server, upload }, shared) {
  const { answered, arrow, camera, find, hear, keep, latest, listening, make, onLanguage, shortcut, snapshot, speaker, takeDrops, tell } = shared;
  const say = speaker(props.words);
  const [paper, mark, invite, brush, examples, chip] = [".paper", ".pen", ".invite", ".brush", ".examples", ".chip"].map((one) => find(element, one));
  const canvas = /** @type {HTMLCanvasElement} */ (find(element, "canvas"));
  const photo = /** @type {HTMLImageElement} */ (find(element, ".photo"));
  const chooser = /** @type {HTMLInputElement} */ (find(element, "input"));
  const buttons = /** @type {Record<string, HTMLButtonElement>} */ (Object.fromEntries(
    ["undo", "clear", "upload", "paste", "camera", "download"].map((name) => [name, find(element, `.${name}`)])));
  const screen = contextOf(canvas);
  const scratch = contextOf(document.createElement("canvas"), { willReadFrequently: true });
  /** @type {Stroke[]} */
  let strokes = [];
  /** @type {Picture | null} */
  let picture = null; // in place of the drawing
  /** @type {{strokes: Stroke[], picture: Picture | null}[]} */
  const past = []; // what was there before each stroke, picture and clearing
  let sent = 0; // pictures, and what calls one back
  let waiting = false; // for one that is on its way
  let asking = false;
  let due = false; // "input", which waits for the answer: both at once would make each other slow
  /** @type {Stroke | null} */
  let stroke = null;
  /** @type {number | null} */
  let pointer = null;
  let width = BRUSHES.medium;
  let { about } = props; // what else the live function gets
  // Known in advance: asking for them while somebody draws would make the browser lay the page out.
  let side = 0;
  let colour = "";

  const shows = props.shows.split(" ");
  const tellAll = (/** @type {string} */ name, /** @type {unknown} */ detail) => shows.forEach((id) => tell(id, name, detail));

  /** @type {(key: string, values?: object, busy?: boolean) => void} */
  function news(key, values = {}, busy = false) {
    chip.textContent = "";
    tellAll("say", { sentence: [`${key}|${say(key)}`, values], busy });
  }

  const reading = () => news("picture.reading", {}, true);
  const inked = () => (strokes.length ? { ink: inkOf(strokes, scratch) } : null);
  const value = () => (waiting ? null : picture ?? inked());

  // One call at a time, of what is there when the last one is answered.
  const ask = latest(async () => {
    asking = true;
    await askOnce();
    asking = false;
    if (!due) return;
    due = false;
    trigger("input");
  });

  async function askOnce() {
    if (waiting) return;
    const asked = picture;
    const gone = () => waiting || picture !== asked;
    const slow = asked && setTimeout(() => gone() || reading(), SLOW);
    const { answer, picture: shown, seen, problem, values } = await answered(server.answer, { value: value(), about });
    if (slow) clearTimeout(slow);
    if (gone()) return;
    if (problem || !answer) return news(`problem.${problem}`, values);
    if (shown && asked) photo.src = shown;
    photo.hidden = !shown || !asked;
    chip.textContent = answer.label;
    tellAll("answer", answer);
    tellAll("seen", seen);
  }

  function redraw() {
    screen.clearRect(0, 0, side, side);
    paint(screen, strokes, colour, side);
  }

  function look() {
    side = Math.round(canvas.clientWidth * devicePixelRatio);
    colour = getComputedStyle(canvas).color;
    canvas.width = canvas.height = side;
    redraw();
  }

  function changed() {
    redraw();
    paper.classList.toggle("drawn", strokes.length > 0);
    buttons.download.disabled = !strokes.length;
    if (props.live) ask();
  }

  function ended() {
    stroke = null;
    props.value = value();
    if (asking) due = true;
    else trigger("input");
  }

  // A picture that is still on its way is called back.
  /** @type {(kept: Stroke[], shown: Picture | null) => void} */
  function restore(kept, shown) {
    sent++;
    waiting = false;
    strokes = kept;
    picture = shown;
    photo.hidden = true;
    changed();
    ended();
  }

  const remember = () => past.push({ strokes: [...strokes], picture });

  function undo() {
    const before = waiting ? { strokes, picture } : past.pop();
    restore(before?.strokes ?? [], before?.picture ?? null);
  }

  function clear() {
    if (picture || strokes.length) remember();
    restore([], null);
  }

  /** @param {Picture} shown */
  function put(shown) {
    remember();
    restore([], shown);
  }

  /** @param {Point} point */
  function lower(point) {
    strokes = strokes.filter(({ points }) => points !== props.first);
    remember();
    sent++;
    waiting = false;
    picture = null;
    photo.hidden = true;
    stroke = { points: [point], width };
    strokes = [...strokes, stroke];
    changed();
  }

  /** @param {Point[]} points */
  function extend(points) {
    if (!stroke) return; // it was undone while it was drawn
    stroke.points.push(...points);
    changed();
  }

  const lift = () => stroke && ended();

  /** @param {PointerEvent} event @returns {Point} */
  function place({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    lift();
    pointer = event.pointerId;
    lower(place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    extend((moves.length ? moves : [event]).map(place));
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
    canvas.addEventListener(name, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      lift();
    });
  }

  // A pen for the keyboard: arrows move it, Space lowers and lifts it. Two arrows held together move
  // it diagonally; with Shift it makes larger steps.
  /** @type {Map<string, Point>} */
  const held = new Map();
  /** @type {Point} */
  let at = [0.5, 0.3];

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || pointer !== null) return;
    const inside = (/** @type {number} */ one) => Math.min(1, Math.max(0, one));
    const step = event.shiftKey ? 3 * STEP : STEP;
    const way = arrow(event);
    if (way) {
      held.set(event.key, way);
      for (const [x, y] of held.values()) at = [inside(at[0] + x * step), inside(at[1] + y * step)];
      if (stroke) extend([at]);
    } else if (event.key === " ") {
      if (!event.repeat && stroke) lift();
      else if (!event.repeat) lower(at);
    } else return;
    event.preventDefault();
    mark.hidden = false;
    Object.assign(mark.style, { left: `${at[0] * 100}%`, top: `${at[1] * 100}%` });
    mark.classList.toggle("down", stroke !== null);
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  for (const name of ["pointerdown", "blur"]) {
    canvas.addEventListener(name, () => {
      held.clear();
      mark.hidden = true;
      if (pointer === null) lift();
    });
  }

  // Pictures: nothing opens a file before Python does.
  /** @param {ArrayLike<File>} files */
  async function receive(files) {
    if (files.length !== 1) return news(files.length ? "drop.several" : "drop.nothing");
    const turn = ++sent;
    waiting = true;
    photo.hidden = true;
    props.value = null;
    reading();
    // A name of our own: the visitor's may be anything, and is nobody's business.
    const path = (await upload(new File([files[0]], "picture")).catch(() => null))?.path;
    if (turn !== sent) return;
    waiting = false;
    if (path) put({ upload: path, name: files[0].name.slice(0, 200) });
    else news("picture.upload_failed");
  }

  async function paste() {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((name) => name.startsWith("image/"));
        if (type) return receive([new File([await item.getType(type)], "pasted.png")]);
      }
    } catch {
      // Not allowed, or not there: the sentence says what works everywhere.
    }
    news("picture.no_paste");
  }

  async function openCamera() {
    const [shoot, cancel] = ["shoot", "cancel"].map((name) => make("button", { type: "button" }, say(`picture.${name}`)));
    const opened = await camera(element, make("div", { className: "tools" }, shoot, cancel));
    if (!opened) return news("picture.no_camera");
    const { dialog, video } = opened;
    dialog.ariaLabel = say("camera");
    shoot.onclick = async () => {
      const seen = snapshot(video);
      dialog.close();
      receive([new File([await seen], "camera.jpg")]);
    };
    cancel.onclick = () => dialog.close();
  }

  const download = async () => keep(await fileOf(strokes), "drawing.png");

  if (props.pictures) {
    chooser.onchange = () => {
      receive([...(chooser.files ?? [])]);
      chooser.value = "";
    };
    takeDrops(paper, "drop", (found) => (typeof found === "string" ? news(found) : receive(found)));
    document.addEventListener("paste", (event) => {
      const files = event.clipboardData?.files ?? [];
      if (event.defaultPrevented || !files.length || !listening(element)) return;
      event.preventDefault();
      receive(files);
    });
  }
  const pick = () => chooser.click();
  Object.entries({ undo, clear, upload: pick, paste, camera: openCamera, download }).forEach(([name, act]) => (buttons[name].onclick = act));
  document.addEventListener("keydown", (event) => {
    if (!listening(element)) return;
    if (shortcut(event) === "z") undo();
    if (shortcut(event) === "c") clear();
  });

  const brushes = /** @type {(keyof typeof BRUSHES)[]} */ (Object.keys(BRUSHES)).map((name) => {
    const dot = make("i", { className: "dot" });
    dot.style.setProperty("--size", DOTS[name]);
    const button = make("button", { type: "button", onclick: () => choose(name) }, dot);
    return /** @type {const} */ ([name, button]);
  });
  brush.append(...brushes.map(([, button]) => button));
  const offered = props.examples.map(({ name, image }) =>
    make("button", { type: "button", onclick: () => put({ example: name }) }, make("img", { src: image, alt: "" })));
  examples.append(...offered);

  /** @param {keyof typeof BRUSHES} chosen */
  function choose(chosen) {
    width = BRUSHES[chosen];
    for (const [name, button] of brushes) button.ariaPressed = String(name === chosen);
  }

  function speak() {
    canvas.ariaLabel = say("pad");
    photo.alt = say("picture");
    invite.textContent = say("invite");
    for (const [name, button] of Object.entries(buttons)) button.textContent = say(name);
    brush.ariaLabel = say("brush");
    examples.ariaLabel = say("examples");
    for (const [name, button] of brushes) button.ariaLabel = button.title = say(name);
    for (const [place, button] of offered.entries()) button.ariaLabel = say("example", { number: place + 1 });
  }

  new ResizeObserver(look).observe(canvas);
  new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] }); // dark or light
  watch("value", () => {
    const given = props.value; // which comes back as "" where it was null
    if (given && !("ink" in given)) put(given);
    else if (!given && !waiting && (picture || strokes.length)) clear();
  });
  hear(element, "about", (given) => {
    about = given;
    if (props.live) ask();
  });
  // Whoever wants to have the drawing gets it: the ink, and how to make a file of it.
  hear(element, "drawing", (wanted) => strokes.length && Object.assign(wanted, { ...inked(), file: () => fileOf(strokes) }));
  element.classList.toggle("pictures", props.pictures);
  onLanguage(element, speak);
  choose("medium");
  speak();
  look();
  if (props.first.length) restore([{ points: props.first, width }], null);
  else changed();
}
