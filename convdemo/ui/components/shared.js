// What our displays share in the browser: the words of the page's language, and helpers for the document.

/**
 * What Gradio hands to a display; `value` in `props` is what its Python class makes of it.
 * @template Value
 * @typedef {object} Mounted
 * @property {HTMLElement} element
 * @property {{value: Value | null, words: Record<string, Record<string, string>>}} props
 * @property {(event: string, data?: object) => void} trigger
 * @property {(name: string, changed: () => void) => void} watch
 * @property {(file: File) => Promise<{path: string}>} upload
 */

/** A key of the words, alone or with what fills its gaps. @typedef {string | [string, Record<string, unknown>]} Sentence */

/**
 * The script of a display: it draws `props.value`, now and whenever it changes.
 * @template Value
 * @template [Props=object]
 * @template [Server=object]
 * @typedef {(mounted: Mounted<Value> & {props: Props, server: Server}, shared: typeof import("./shared.js")) => void} Mount
 */

/** The language that is spoken on the page now. */
export function language() {
  return (document.body.lang || document.documentElement.lang || "en").slice(0, 2);
}

/** Calls a function whenever the language is another one, as long as the element is there. @type {(element: HTMLElement, changed: () => void) => void} */
export function onLanguage(element, changed) {
  let last = language();
  const watching = new MutationObserver(() => {
    if (!element.isConnected) watching.disconnect();
    else if (last !== language()) {
      last = language();
      changed();
    }
  });
  watching.observe(document.body, { attributes: true, attributeFilter: ["lang"] });
}

/** @typedef {Record<string, Record<string, string>>} Table */
/** Strings of a page by their address, while they come and once they are there. @type {Map<string, Promise<Table>>} */
const coming = new Map();
/** @type {Map<string, Table>} */
const tables = new Map();

/** The strings that displays of a page have in common. @param {URL} address */
export function fetched({ href }) {
  const asked = coming.get(href) ?? fetch(href).then((reply) => reply.json());
  coming.set(href, asked);
  return asked.then((table) => tables.set(href.split("/").at(-1) ?? "", table), (error) => {
    coming.delete(href); // the next display asks again
    throw error;
  });
}

/** Those of them that words refer to, which are looked for once. @param {any} words @returns {Table} */
function referred({ from, parts }) {
  const name = JSON.stringify([from, parts]);
  const known = tables.get(name);
  if (known) return known;
  const found = Object.entries(tables.get(from) ?? {}).map(([language, strings]) => {
    const chosen = parts.flatMap((/** @type {[string[], string]} */ [prefixes, drop]) => Object.entries(strings)
      .filter(([key]) => prefixes.some((one) => key.startsWith(one)))
      .map(([key, told]) => [key.replace(drop, ""), told]));
    return [language, Object.fromEntries(chosen)];
  });
  tables.set(name, Object.fromEntries(found));
  return Object.fromEntries(found);
}

/**
 * Looks up words by key: those of the page's language, else English, else `otherwise`, else the key.
 * A value of a {gap} that begins with "@" is a key, too. What to say otherwise may stand behind a "|".
 * @param {Table} words
 */
export function speaker(words) {
  const common = words.from ? referred(words) : {};
  const find = (/** @type {string} */ key, tongue = language()) => common[tongue]?.[key] ?? words[tongue]?.[key];
  /** @type {(told: Sentence, values?: Record<string, unknown>, otherwise?: string) => string} */
  function say(told, values = {}, otherwise) {
    if (typeof told !== "string") return told ? say(...told) : "";
    const [key, behind = otherwise ?? told] = told.split("|");
    const sentence = find(key) ?? find(key, "en") ?? behind;
    return sentence.replace(/\{(\w+)\}/g, (gap, name) => {
      const value = String(values[name] ?? gap);
      return value.startsWith("@") ? say(value.slice(1)) : value;
    });
  }
  return say;
}

/**
 * An element with properties of its own and children; text is only ever text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]> & Record<string, unknown>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) Reflect.set(node, name, value);
    else node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

/**
 * An element of a drawing: svg("line", { x1: 0 }, ...children).
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** Runs `work` once for any number of calls that come while it runs: the latest wins. @param {() => Promise<void>} work */
export function latest(work) {
  let [running, asked] = [false, false];
  return async () => {
    asked = true;
    if (running) return;
    running = true;
    try {
      while (asked) {
        asked = false;
        await work();
      }
    } finally {
      running = false;
    }
  };
}

/**
 * What a server function answers, or the problem that it does not; asked again while the server is busy.
 * @template Asked, Reply
 * @param {(asked: Asked) => Promise<Reply>} ask
 * @param {Asked} asked
 * @returns {Promise<Partial<Reply> & {problem?: string, values?: object}>}
 */
export async function answered(ask, asked) {
  for (let wait = 250; ; wait += 250) {
    /** @type {any} */
    const reply = await Promise.resolve(ask(asked)).catch(() => null);
    if (reply?.problem !== "busy" || wait > 1000) return reply ?? { problem: "offline" };
    await new Promise((go) => setTimeout(go, wait));
  }
}

/** @type {Map<string, [string, unknown][]>} */
const told = new Map(); // what was told to a display, by its elem_id, as it may not be there yet

/**
 * Tells the display of that elem_id something past the queue; with "say" all that was told before is over.
 * @param {string} id
 * @param {string} name
 * @param {unknown} detail
 */
export function tell(id, name, detail) {
  const before = (told.get(id) ?? []).filter(([one]) => name !== "say" && one !== "say" && one !== name);
  told.set(id, [...before, [name, detail]]);
  document.getElementById(id)?.dispatchEvent(new CustomEvent(`convdemo:${name}`, { bubbles: true, detail }));
}

/** Hears what is told to the display around an element, and what was when it was not there yet. @type {(element: HTMLElement, name: string, act: (detail: any) => void) => void} */
export function hear(element, name, act) {
  document.addEventListener(`convdemo:${name}`, (event) => {
    if (event.target instanceof Node && event.target.contains(element)) act(/** @type {CustomEvent} */ (event).detail);
  });
  for (const [one, detail] of told.get(element.closest("[id]:not([id^=html-])")?.id ?? "") ?? []) {
    if (one === name) act(detail);
  }
}

/** Whether keys typed now are meant for what is around an element, and not for a field. @param {HTMLElement} element */
export function listening(element) {
  const field = document.activeElement?.closest("input:not([type=range]), textarea, select");
  return element.offsetParent !== null && !field && !document.querySelector("dialog[open]");
}

/** The key of a shortcut, also where the keyboard writes Hangul. @param {KeyboardEvent} event */
export function shortcut(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return "";
  return /^[!-~]$/.test(event.key) ? event.key.toLowerCase() : event.code.slice(3).toLowerCase();
}

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Where an arrow key leads, [right, down], if it is pressed alone. @param {KeyboardEvent} event */
export const arrow = ({ key, ctrlKey, metaKey, altKey }) => (ctrlKey || metaKey || altKey ? undefined : ARROWS[key]);

/** The browser keeps a file, given itself or by its address. @type {(file: Blob | string, name: string) => void} */
export function keep(file, name) {
  const href = typeof file === "string" ? file : URL.createObjectURL(file);
  make("a", { href, download: name }).click();
  if (typeof file !== "string") URL.revokeObjectURL(href);
}

/**
 * What is dropped as files, or the key of a sentence that says why there are none. Of addresses only those that the
 * page holds itself: no other host is asked, nor one to which ours would pass us on.
 * @param {DataTransfer} given
 * @returns {Promise<File[] | string>}
 */
export async function dropped(given) {
  // After the event it is gone: all of it is read before anything is waited for.
  const [files, html] = [[...given.files], given.getData("text/html")];
  const source = new DOMParser().parseFromString(html, "text/html").querySelector("img[src]")?.getAttribute("src");
  const place = source ?? given.getData("text/uri-list").split(/\r?\n/).find((line) => line && !line.startsWith("#"));
  if ([...given.items].some((item) => item.webkitGetAsEntry()?.isDirectory)) return "drop.folder";
  if (files.length) return files;
  if (!place || !URL.canParse(place)) return "drop.nothing";
  if (!/^data:/i.test(place) && new URL(place).origin !== location.origin) return "drop.elsewhere";
  const found = await fetch(place, { redirect: "error" }).then((reply) => (reply.ok ? reply.blob() : null), () => null);
  return found?.type.startsWith("image/") ? [new File([found], "dropped.png")] : "drop.nothing";
}

/** Takes what is dropped on an element, which is of the class `above` while something is. @type {(node: HTMLElement, above: string, take: (found: File[] | string) => void) => void} */
export function takeDrops(node, above, take) {
  for (const name of ["dragenter", "dragover"]) {
    node.addEventListener(name, (event) => {
      event.preventDefault();
      node.classList.add(above);
    });
  }
  node.addEventListener("dragleave", ({ relatedTarget }) => node.classList.toggle(above, relatedTarget instanceof Node && node.contains(relatedTarget)));
  document.addEventListener("drop", () => node.classList.remove(above), true);
  node.addEventListener("drop", async (event) => {
    event.preventDefault();
    if (event.dataTransfer) take(await dropped(event.dataTransfer));
  });
}

/**
 * A dialog with what the camera sees above its `parts`; nothing where there is no camera, or none for this page.
 * @param {HTMLElement} element
 * @param {...Node} parts
 */
export async function camera(element, ...parts) {
  const wanted = { video: { facingMode: "environment" } };
  const stream = await Promise.resolve(navigator.mediaDevices?.getUserMedia(wanted)).catch(() => null);
  if (!stream) return null;
  const video = make("video", { autoplay: true, playsInline: true, muted: true, srcObject: stream });
  const dialog = make("dialog", {}, video, ...parts);
  dialog.addEventListener("close", () => {
    stream.getTracks().forEach((track) => track.stop());
    dialog.remove();
  });
  element.append(dialog);
  dialog.showModal();
  return { video, dialog };
}

/** What a video shows now, as JPEG; its shorter side has at most so many pixels. @param {HTMLVideoElement} video */
export function snapshot(video, side = Infinity) {
  const scale = Math.min(1, side / Math.min(video.videoWidth, video.videoHeight));
  const sheet = new OffscreenCanvas(Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale));
  sheet.getContext("2d")?.drawImage(video, 0, 0, sheet.width, sheet.height);
  return sheet.convertToBlob({ type: "image/jpeg", quality: 0.92 });
}

/** The part of a display that its template has. @type {(element: HTMLElement, selector: string) => HTMLElement} */
export function find(element, selector) {
  const found = element.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the template has no ${selector}`);
  return found;
}

/** A share as a percentage, never 100 %: no network is that sure, only its numbers are rounded. @param {number} share */
export const percent = (share) => `${Math.min(share * 100, 99.9).toFixed(1)}%`;

/** Text of a node, or another of its properties; what stays as it is is not read aloud again. @type {(node: Element, text: string, property?: string) => void} */
export function write(node, text, property = "textContent") {
  if (Reflect.get(node, property) !== text) Reflect.set(node, property, text);
}

/**
 * Says sentences in nodes below an element, now and whenever the language of the page is another one: `say` looks
 * words up, `tell` says them as a node's text or in another of its properties, `line` makes a node of its own; no key
 * is no text.
 * @param {HTMLElement} element
 * @param {Record<string, Record<string, string>>} words
 */
export function teller(element, words) {
  const say = speaker(words);
  /** @type {(node: Element, key: Sentence, values?: Record<string, unknown>, property?: string) => void} */
  function tell(node, key, values = {}, property = "textContent") {
    if (typeof key !== "string") return tell(node, ...key);
    const told = JSON.parse(node.getAttribute("data-told") ?? "{}");
    node.setAttribute("data-told", JSON.stringify({ ...told, [property]: [key, values] }));
    write(node, key && say(key, values), property);
  }
  /** @type {<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, key: Sentence, values?: Record<string, unknown>, className?: string) => HTMLElementTagNameMap[Tag]} */
  function line(tag, key, values, className = "") {
    const node = make(tag);
    node.className = className;
    tell(node, key, values);
    return node;
  }
  onLanguage(element, () => {
    for (const node of element.querySelectorAll("[data-told]")) {
      const told = JSON.parse(node.getAttribute("data-told") ?? "{}");
      for (const [property, [key, values]] of Object.entries(told)) tell(node, key, values, property);
    }
  });
  return { say, tell, line };
}

/** The signed scale: below zero, zero, above. */
export const SIGNED = [[33, 102, 214], [226, 226, 222], [205, 62, 40]];

/** The colour of a share of the signed scale, -1..1, as [red, green, blue]. @type {(share: number) => number[]} */
export function colour(share) {
  const depth = Math.min(1, Math.abs(share));
  const end = SIGNED[share < 0 ? 0 : 2];
  return SIGNED[1].map((middle, place) => Math.round(middle + (end[place] - middle) * depth));
}

/**
 * Black or white, whichever can be read on a colour: one of them always has a contrast of 4.5,
 * https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 * @param {number[]} ground
 */
export function inkOn(ground) {
  const [red, green, blue] = ground.map((part) => (part <= 10 ? part / 3295 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

/** A number in as few characters as tell it. @param {number} value */
export function figure(value) {
  const size = Math.abs(value);
  const places = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text = size >= 0.095 || size < 1e-9 ? value.toFixed(places) : String(Number(value.toPrecision(2)));
  return (Number(text) === 0 ? "0" : text).replace("-", "−");
}

/** Whole numbers -127..127, as `maps.packed` sends them. @param {string} bytes */
export const int8 = (bytes) => Int8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
