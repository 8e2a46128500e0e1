// The tab that is open stands in the address: Reload, Back and a link find it again.
(() => {
  const PATIENCE = 30_000; // milliseconds for the page to put up its tabs
  let last = null; // the name of the tab that is open

  // A teacher's link, ?tabs=train,explain, shows those alone.
  const wanted = (new URLSearchParams(location.search).get("tabs") ?? "").split(",");
  const known = Object.keys(convdemoStrings.en).filter((key) => key.startsWith("tab.")).map((key) => key.slice(4));
  const offered = known.filter((name) => wanted.includes(name));
  const shown = (tab) => !offered.length || offered.includes(nameOf(tab));
  if (offered.length) {
    const others = known.filter((name) => !offered.includes(name)).map((name) => `#convdemo-tabs [data-tab-id=${name}]`);
    document.head.append(Object.assign(document.createElement("style"), { textContent: `${others} { display: none !important; }` }));
  }

  const tabs = () => [...document.querySelectorAll("#convdemo-tabs [role=tab][data-tab-id]")];
  const nameOf = (tab) => tab?.dataset.tabId;
  const opened = () => nameOf(tabs().find((tab) => tab.getAttribute("aria-selected") === "true"));

  // What the address asks for: a tab, or an exercise, or nothing that there is.
  function asked() {
    const query = new URLSearchParams(location.search);
    const name = query.get("tab") ?? (query.has("exercise") ? "convolution" : null);
    const open = tabs().filter(shown);
    return open.find((tab) => nameOf(tab) === name) ?? open[0] ?? tabs()[0];
  }

  function note() {
    const name = opened();
    if (!name || name === last) return;
    last = name;
    if (name === nameOf(asked())) return;
    const address = new URL(location.href);
    address.searchParams.set("tab", name);
    history.pushState(null, "", address);
  }

  function begin() {
    if (!opened()) {
      if (performance.now() < PATIENCE) setTimeout(begin, 20);
      return;
    }
    last = opened();
    new MutationObserver(note).observe(document.querySelector("#convdemo-tabs"), { subtree: true, attributeFilter: ["aria-selected"] });
    addEventListener("popstate", () => asked().click());
    asked().click();
  }

  // The lesson of a link is opened, and stays in view while what is above grows, until somebody does something.
  function openExercise() {
    const fold = document.querySelector("#lesson-exercise button");
    if (!fold) {
      if (performance.now() < PATIENCE) setTimeout(openExercise, 50);
      return;
    }
    fold.click();
    const growing = new ResizeObserver(() => fold.scrollIntoView({ block: "start" }));
    const gestures = ["wheel", "touchstart", "pointerdown", "keydown"];
    const end = () => {
      growing.disconnect();
      for (const name of gestures) removeEventListener(name, end);
    };
    for (const name of gestures) addEventListener(name, end, { passive: true });
    growing.observe(document.body);
    setTimeout(end, 4000);
  }

  begin();
  if (new URLSearchParams(location.search).has("exercise")) openExercise();
})();
