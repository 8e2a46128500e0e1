// What every part of the page uses: the language, small helpers for the document, one call to Python
// at a time. Everything hangs on window.convdemo; the strings of both languages come with the page.
window.convdemo = (() => {

  const tables = window.convdemoStrings;
  const remembered = "convdemo.language";
  let language = firstLanguage();

  function firstLanguage() {
    const asked = new URLSearchParams(location.search).get("lang");
    if (asked in tables) return asked;
    try {
      const stored = localStorage.getItem(remembered);
      if (stored in tables) return stored;
    } catch {
      // Storage may be forbidden, as in a frame of another site.
    }
    const preferred = navigator.language.slice(0, 2);
    return preferred in tables ? preferred : "en";
  }

  // The string of that key, its {placeholders} filled. A value that begins with "@" is itself a key,
  // with the text after the first "|" for when there is no such key: "@class.Coat|Coat".
  function say(key, values = {}) {
    const [name] = key.split("|", 1);
    const found = tables[language][name] ?? (key === name ? name : key.slice(name.length + 1));
    return found.replace(/\{(\w+)\}/g, (whole, placeholder) => {
      const value = values[placeholder];
      if (value === undefined) return whole;
      return String(value).startsWith("@") ? say(value.slice(1)) : String(value);
    });
  }

  const spoken = [
    ["say", (node, sentence) => (node.textContent = sentence)],
    ["sayLabel", (node, sentence) => node.setAttribute("aria-label", sentence)],
    ["sayTip", (node, sentence) => (node.title = sentence)],
    ["sayGroup", (node, sentence) => (node.label = sentence)], // of options
  ];

  function speakNode(node) {
    for (const [name, write] of spoken) {
      if (!node.dataset[name]) continue;
      const values = node.dataset[`${name}Values`];
      write(node, say(node.dataset[name], values ? JSON.parse(values) : {}));
    }
  }

  // Write every string under `root` in the present language. The <html> element's own lang is
  // Gradio's, which follows the browser only.
  function speak(root = document) {
    document.body.lang = language;
    for (const node of root.querySelectorAll("[data-say], [data-say-label], [data-say-tip], [data-say-group]")) {
      speakNode(node);
    }
  }

  // Give a node a string that follows the language: as its text, its label ("sayLabel") or tip ("sayTip").
  function tell(node, key, values, as = "say") {
    node.dataset[as] = key;
    if (values) node.dataset[`${as}Values`] = JSON.stringify(values);
    else delete node.dataset[`${as}Values`];
    if (key) speakNode(node);
    else if (as === "say") node.textContent = "";
  }

  function setLanguage(chosen) {
    language = chosen;
    try {
      localStorage.setItem(remembered, chosen);
    } catch {
      // as above
    }
    speak();
  }

  // An element: make("button", {class: "x", onclick: f, "data-say": "key"}, child, "text", ...).
  function make(tag, attributes = {}, ...children) {
    const svg = ["svg", "path", "line", "text", "circle", "rect", "g"].includes(tag);
    const node = svg
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children);
    speakNode(node);
    return node;
  }

  // Never 100 %: no network is that sure, only its numbers are rounded.
  const percent = (share) => `${Math.min(share * 100, 99.9).toFixed(1)}%`;

  // What is counted, as an accuracy is: all of nine photos are 100 %.
  const share = (value, places = 2) => `${(value * 100).toFixed(places)}%`;

  const count = (number) => {
    if (number >= 1e6) return `${(number / 1e6).toFixed(1)}M`;
    return number >= 1e3 ? `${Math.round(number / 1e3)}k` : String(number);
  };

  // The text of a class: Korean for clothes, digits as they are.
  const named = (label) => `@class.${label}|${label}`;

  // Runs `work` once for any number of asks that come while it runs: the latest wins.
  function latest(work) {
    let running = false;
    let asked = false;
    return async function ask() {
      asked = true;
      if (running) return;
      running = true;
      try {
        while (asked) {
          asked = false;
          await work(() => asked);
        }
      } finally {
        running = false;
      }
    };
  }

  // A key that tells this browser from others, so that what it trains on a public server is its own.
  const visitor = visitorKey();

  function visitorKey() {
    const drawn = [...crypto.getRandomValues(new Uint8Array(16))];
    const key = drawn.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      const stored = localStorage.getItem("convdemo.visitor");
      if (/^[0-9a-f]{32}$/.test(stored ?? "")) return stored;
      localStorage.setItem("convdemo.visitor", key);
    } catch {
      // Without storage the key lasts as long as the page.
    }
    return key;
  }

  // The reply of a server function, or {problem, values}; asked again while the server is busy.
  async function call(serverFunction, payload, stale = () => false) {
    for (let attempt = 0; ; attempt++) {
      let reply;
      try {
        reply = await serverFunction({ visitor, ...payload });
      } catch {
        reply = null;
      }
      if (!reply || typeof reply !== "object") return { problem: "offline", values: {} };
      if (reply.problem !== "busy" || attempt === 4 || stale()) return reply;
      await new Promise((resolve) => setTimeout(resolve, 250 * (attempt + 1)));
    }
  }

  // Whether keys typed now are meant for the part around `element`, and not for a field.
  function listening(element) {
    const field = document.activeElement?.closest("input:not([type=range]), textarea, select");
    return element.offsetParent !== null && !field && !document.querySelector("dialog[open]");
  }

  // The key of a shortcut, also where the keyboard writes Hangul.
  const shortcut = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return "";
    return /^[!-~]$/.test(event.key) ? event.key.toLowerCase() : event.code.slice(3).toLowerCase();
  };

  return {
    visitor, say, speak, tell, make, percent, share, count, named, latest, call, listening, shortcut, setLanguage,
    get language() {
      return language;
    },
  };
})();
