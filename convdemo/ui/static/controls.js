// Manners of the page that Gradio's own controls do not have.
(() => {
  // Gradio writes some words of its own in English, and keeps to the language of the browser in others.
  const attributes = ["aria-label", "title", "placeholder", "alt"];
  const ours = Object.keys(convdemoStrings.en).filter((key) => key.startsWith("gradio."));
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\\\{(\w+)\\\}/g, "(?<$1>.+)");
  const known = Object.values(convdemoStrings).flatMap((table) => ours.map((key) => [new RegExp(`^${escaped(table[key])}$`), key]));
  const asked = new Map(); // words that were looked for before: [key, values] or null

  function said(text) {
    const words = text?.trim();
    if (!words || words.length > 80) return null;
    if (!asked.has(words)) {
      const found = known.find(([pattern]) => pattern.test(words));
      asked.set(words, found ? [found[1], found[0].exec(words).groups ?? {}] : null);
    }
    return asked.get(words) && convdemo.say(...asked.get(words));
  }

  // Our own parts speak for themselves, and what a visitor calls a model is no word of Gradio's.
  const gradios = (node) => node.closest(".cd-columns, .cd-bench, .cd-compare, .cd-came, .cd-fold, .toast-wrap, footer") && !node.closest(".html-container, [role=listbox]");

  function translate(root) {
    const nodes = root.nodeType === Node.ELEMENT_NODE ? [root, ...root.querySelectorAll("*")] : [];
    for (const node of nodes.filter(gradios)) {
      if (node.matches("input[type=checkbox][title]")) node.removeAttribute("title"); // an option's name for programs
      if (node.matches(".cd-file .upload-container")) node.removeAttribute("aria-label"); // what is written there says more
      if (node.matches("div.empty[aria-label]")) node.setAttribute("role", "img"); // a box alone may have no name
      if (node.matches(".cm-scroller")) node.tabIndex = 0; // long code is scrolled by keys, too
      if (node.matches(".download-link > button")) node.tabIndex = -1; // its link is the one stop of the Tab key
      if (node.matches(".thumbnail-item:has(.caption-label)")) node.removeAttribute("aria-label"); // what is written there says more
      if (node.alt && node.matches(".thumbnail-item:has(.caption-label) img")) node.alt = "";
      for (const name of attributes) {
        const wanted = said(node.getAttribute(name));
        if (wanted && wanted !== node.getAttribute(name)) node.setAttribute(name, wanted);
      }
      for (const child of node.childNodes) {
        const wanted = child.nodeType === Node.TEXT_NODE && said(child.data);
        if (wanted && wanted !== child.data.trim()) child.data = child.data.replace(child.data.trim(), wanted);
      }
    }
  }

  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(translate);
      else translate(target.nodeType === Node.TEXT_NODE ? target.parentNode : target);
    }
  }).observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributeFilter: attributes });
  new MutationObserver(() => translate(document.body)).observe(document.documentElement, { subtree: true, attributeFilter: ["lang"] });

  // Gradio gives each radio button a name of its own: by arrow keys none would find the others.
  document.addEventListener("keydown", ({ key, target }) => {
    const group = key.startsWith("Arrow") && target.matches?.(".gradio-container [type=radio]") && target.closest("fieldset, .block");
    if (group) for (const one of group.querySelectorAll("[type=radio]")) one.name = target.name;
  });

  // Where news of a picture is said: the display that the control names.
  const inputOf = (node) => node.closest?.(".cd-picture-input");
  function say(name, sentence, busy) {
    document.getElementById(name)?.dispatchEvent(new CustomEvent("convdemo:say", { bubbles: true, detail: { sentence, busy } }));
  }
  function tell(input, sentence, busy = false) {
    say([...input.classList].find((one) => one.startsWith("cd-says-in-"))?.slice("cd-says-in-".length), sentence, busy);
  }

  // What is drawn in the Draw tab, as JSON; without any ink the display of that name says so, and it is "".
  convdemo.drawnFor = async (name) => {
    const ink = await convdemo.ink?.();
    if (!ink) say(name, "answer.digits.empty", false);
    return ink ? JSON.stringify(ink) : "";
  };

  // No answer stands while another picture is on its way.
  document.addEventListener("change", (event) => {
    const { target } = event;
    const input = target.type === "file" && target.files.length && inputOf(target);
    if (!input) return;
    const [file] = target.files;
    if (!file.type.startsWith("image/")) {
      // Gradio would turn it away by its name; whoever reads it knows it by its content.
      event.stopImmediatePropagation();
      give(input, new File([file], file.name, { type: "image/png" }));
      return;
    }
    removed = false;
    tell(input, "picture.reading", true);
  }, true);

  let removed = false;
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.(".cd-picture-input .icon-button");
    removed = button?.getAttribute("aria-label") === convdemo.say("gradio.remove_image");
  }, true);
  convdemo.brought = (file) => (removed ? null : file);

  // A file that comes by another way is given to the control as if it had been chosen.
  function give(input, file) {
    const chooser = input.querySelector("input[type=file]");
    if (!chooser) return;
    const files = new DataTransfer();
    files.items.add(file);
    chooser.files = files.files;
    chooser.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // The page's own rules for drops, before Gradio's: one picture is taken, all else is answered.
  document.addEventListener("drop", async (event) => {
    // A camera takes no file (Gradio would make an upload of it, for good): the picture beside it does.
    const input = event.target.closest?.(".cd-live") ? visible() : event.target.closest?.(".cd-picture-input, .cd-file");
    if (!input) return;
    event.preventDefault();
    event.stopPropagation();
    const found = await convdemo.dropped(event.dataTransfer);
    if (typeof found === "string") tell(input, found);
    else if (found.length === 1) give(input, found[0]);
    else tell(input, "drop.several");
  }, true);

  // Where nothing takes what is dropped, it is refused: the browser would leave the page for it. Text goes into a field.
  const typed = ({ target, dataTransfer }) => target.matches?.(":read-write") && !dataTransfer.types.includes("Files");
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (event.defaultPrevented || typed(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
  }

  const visible = () => [...document.querySelectorAll(".cd-picture-input")].find((one) => one.offsetParent);
  document.addEventListener("paste", (event) => {
    const [input, files] = [visible(), event.clipboardData?.files ?? []];
    if (!input || !files.length || !convdemo.listening(input)) return;
    event.preventDefault();
    give(input, files[0]);
  });
  document.addEventListener("keydown", (event) => {
    const input = visible();
    const again = [...document.querySelectorAll(".cd-again")].find((one) => one.offsetParent);
    if (again && convdemo.listening(again) && convdemo.shortcut(event) === "r") again.click();
    if (input && convdemo.listening(input) && convdemo.shortcut(event) === "c") input.querySelector(`[aria-label="${convdemo.say("gradio.remove_image")}"]`)?.click();
  });

  // Opens a tab with something from another one, as Python finds it in `Visit.arrivals`.
  convdemo.send = (name, thing) => {
    const tab = document.querySelector(`#convdemo-tabs [role=tab][data-tab-id=${name}]`);
    const arrivals = document.querySelector(`#convdemo-arrivals-${name} textarea`);
    if (!tab || !arrivals) return;
    arrivals.value = JSON.stringify({ ...thing, sent: Date.now() }); // the same thing again is news, too
    arrivals.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => {
      tab.click();
      tab.focus(); // which brings it into view, too
      window.scrollTo({ top: 0 });
    });
  };

  // The way into the Explain tab, {picture: as Python needs it, model: its name}.
  convdemo.explain = (sent) => convdemo.send("explain", sent);
  // What is drawn in the Draw tab, for the others: the ink, and the drawing as a file; null where nothing is.
  function drawn() {
    const detail = {};
    document.getElementById("draw-pad")?.dispatchEvent(new CustomEvent("convdemo:drawing", { bubbles: true, detail }));
    return detail;
  }
  convdemo.ink = () => drawn().ink ?? null;
  convdemo.drawing = () => drawn().file?.() ?? null;

  // Keeps a file that Python has made, as Gradio tells of it.
  convdemo.save = (file) => file && convdemo.keep(file.url, file.orig_name);

  // What `live` asks in Python, past the queue: one question at a time, the newest last.
  convdemo.live = ({ props, server, trigger, watch }) => {
    let [newest, asking] = [null, false];
    watch("value", async () => {
      newest = props.value?.asked ?? newest;
      if (asking) return;
      asking = true;
      while (newest) {
        const asked = newest;
        newest = null;
        const reply = await Promise.resolve(server.answer({ asked })).catch(() => null);
        const { answers, problem = "offline", values = {} } = reply ?? {};
        props.value = { answers: answers ?? [{ said: [`problem.${problem}`, values] }] };
        trigger("input");
      }
      asking = false;
    });
  };

  // A model may come from elsewhere: the pickers of the tabs look again, but not while a list is open, which
  // Gradio cannot draw with fewer choices than it was opened with.
  document.addEventListener("convdemo:shelf", function look(event) {
    if (document.querySelector("[role=combobox][aria-expanded=true]")) setTimeout(look, 200, event);
    else for (const button of document.querySelectorAll(".cd-library")) button.click();
  });
})();
