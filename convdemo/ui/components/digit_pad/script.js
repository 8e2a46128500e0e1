// Strokes are kept as lines in a square of side 1, so that they can be undone, drawn sharply on any
// screen, and sent small: cropped to the ink, its longer side 112 pixels.

/**
 * @typedef {[number, number]} Point
 * @typedef {{points: Point[], width: number}} Stroke
 * @typedef {{width: number, height: number, bytes: string}} Ink
 */

const SENT_SIDE = 112;
const MARGIN = 2; // pixels of empty paper around what is sent
const BRUSHES = { thin: 0.04, medium: 1 / 14, thick: 0.11 };
const DOTS = { thin: "6px", medium: "12px", thick: "18px" };
const STEP = 1 / 40; // of the keyboard's pen
/** @type {Record<string, Point>} */
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

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
 * The ink as it is sent: base64 of its levels, 255 where it is full; null without any.
 * @param {Stroke[]} strokes
 * @param {CanvasRenderingContext2D} scratch
 * @returns {Ink | null}
 */
function inkOf(strokes, scratch) {
  if (!strokes.length) return null;
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
 * @param {import("../shared.js").Mounted<Ink> & {
 *   props: {live: boolean, shows: string}, server: {answer: (ink: Ink | null) => Promise<object | null>},
 * }} mounted
 * @param {import("../shared.js")} shared
 */
export function mount({ element, props, trigger, watch, server }, { find, latest, make, onLanguage, speaker }) {
  const say = speaker(props.words);
  const [paper, mark, invite, brush] = [".paper", ".pen", ".invite", ".brush"].map((one) => find(element, one));
  const canvas = /** @type {HTMLCanvasElement} */ (find(element, "canvas"));
  const [undo, clear] = [".undo", ".clear"].map((one) => /** @type {HTMLButtonElement} */ (find(element, one)));
  const screen = contextOf(canvas);
  const scratch = contextOf(document.createElement("canvas"), { willReadFrequently: true });
  /** @type {Stroke[]} */
  let strokes = [];
  /** @type {Stroke[][]} */
  const past = []; // what was there before each stroke and clearing
  /** @type {Stroke | null} */
  let stroke = null;
  /** @type {number | null} */
  let pointer = null;
  let width = BRUSHES.medium;

  // One call at a time, of what is there when the last one is answered.
  const ask = latest(async () => {
    const answer = await server.answer(inkOf(strokes, scratch));
    const shows = answer && document.getElementById(props.shows);
    shows?.dispatchEvent(new CustomEvent("convdemo:answer", { bubbles: true, detail: answer }));
  });

  function redraw() {
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    canvas.width = canvas.height = side;
    paint(screen, strokes, getComputedStyle(canvas).color, side);
  }

  function look() {
    redraw();
    paper.classList.toggle("drawn", strokes.length > 0);
    undo.disabled = !past.length;
    clear.disabled = !strokes.length;
  }

  function changed() {
    look();
    if (props.live) ask();
  }

  function ended() {
    stroke = null;
    props.value = inkOf(strokes, scratch);
    trigger("input");
  }

  /** @param {Stroke[]} kept */
  function restore(kept) {
    strokes = kept;
    changed();
    ended();
  }

  /** @param {Point} point */
  function lower(point) {
    past.push([...strokes]);
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
  /** @type {Set<string>} */
  const held = new Set();
  /** @type {Point} */
  let at = [0.5, 0.3];

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || pointer !== null) return;
    const inside = (/** @type {number} */ one) => Math.min(1, Math.max(0, one));
    const step = event.shiftKey ? 3 * STEP : STEP;
    if (event.key in DIRECTIONS) {
      held.add(event.key);
      for (const [x, y] of [...held].map((key) => DIRECTIONS[key])) at = [inside(at[0] + x * step), inside(at[1] + y * step)];
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

  undo.onclick = () => restore(past.pop() ?? []);
  clear.onclick = () => {
    past.push(strokes);
    restore([]);
  };
  const brushes = /** @type {(keyof typeof BRUSHES)[]} */ (Object.keys(BRUSHES)).map((name) => {
    const dot = make("i", { className: "dot" });
    dot.style.setProperty("--size", DOTS[name]);
    const button = make("button", { type: "button" }, dot);
    button.onclick = () => choose(name);
    return /** @type {const} */ ([name, button]);
  });
  brush.append(...brushes.map(([, button]) => button));

  /** @param {keyof typeof BRUSHES} chosen */
  function choose(chosen) {
    width = BRUSHES[chosen];
    for (const [name, button] of brushes) button.ariaPressed = String(name === chosen);
  }

  function speak() {
    canvas.ariaLabel = say("pad");
    invite.textContent = say("invite");
    undo.textContent = say("undo");
    clear.textContent = say("clear");
    brush.ariaLabel = say("brush");
    for (const [name, button] of brushes) button.ariaLabel = button.title = say(name);
  }

  new ResizeObserver(redraw).observe(canvas);
  new MutationObserver(redraw).observe(document.body, { attributeFilter: ["class"] }); // dark or light
  watch("value", () => {
    if (props.value || !strokes.length) return;
    past.push(strokes);
    strokes = [];
    changed();
  });
  onLanguage(element, speak);
  choose("medium");
  speak();
  look();
}
