// What every part of the page uses: the language, who visits, what the displays share. Everything hangs on
// window.convdemo; the strings of both languages and the address of shared.js come with the page.
window.convdemo = (() => {
  const tables = window.convdemoStrings;

  // What this browser keeps, null where it may not, as in a frame of another site.
  function kept(name, value) {
    try {
      if (value) localStorage.setItem(name, value);
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  const wanted = [new URLSearchParams(location.search).get("lang"), kept("convdemo.language"), navigator.language.slice(0, 2)];
  let language = wanted.find((one) => one in tables) ?? "en";

  // A key that tells this browser from others, so that what it trains on a public server is its own.
  let visitor = kept("convdemo.visitor");
  if (!/^[0-9a-f]{32}$/.test(visitor ?? "")) {
    const drawn = [...crypto.getRandomValues(new Uint8Array(16))];
    visitor = drawn.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    kept("convdemo.visitor", visitor);
  }

  // The string of that key, its {placeholders} filled.
  const say = (key, values = {}) => (tables[language][key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  // Write every string under `root` in the present language. The <html> element's own lang is
  // Gradio's, which follows the browser only.
  function speak(root = document) {
    document.body.lang = language;
    for (const [key, property] of [["say", "textContent"], ["say-label", "ariaLabel"], ["say-tip", "title"]]) {
      for (const node of root.querySelectorAll(`[data-${key}]`)) node[property] = say(node.getAttribute(`data-${key}`));
    }
  }

  function setLanguage(chosen) {
    language = chosen;
    kept("convdemo.language", chosen);
    speak();
  }

  import(window.convdemoShared).then(({ dropped, keep, listening, shortcut }) => {
    Object.assign(window.convdemo, { dropped, keep, listening, shortcut });
  });
  return {
    visitor, say, speak, setLanguage,
    get language() {
      return language;
    },
  };
})();
