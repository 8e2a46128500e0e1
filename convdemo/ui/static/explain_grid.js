// All maps of one stage: one stop of the Tab key, the arrows walk from map to map.
(() => {
  const { make, tell, call, latest } = convdemo;

  // `onMap(place, maps, stage)` is called for the map that is chosen, place null for none.
  convdemo.mapGrid = (root, { server, scale, onMap }) => {
    const lead = make("p", { class: "cd-quiet", role: "status" });
    const list = make("div", { class: "cd-maps", role: "group", "data-say-label": "explain.maps" });
    root.append(lead, list);
    let request = null;
    let stage = null;
    let maps = null;
    let tiles = []; // {button, canvas}
    let chosen = null;

    const ask = latest(async (stale) => {
      const [about, asked] = [request, stage];
      if (!asked) return;
      const reply = await call(server.stage, { ...about, stage: asked.name }, stale);
      if (stale() || request !== about || stage !== asked) return;
      if (reply.problem) refuse(reply);
      else fill(reply);
    });

    function refuse({ problem, values }) {
      empty();
      tell(lead, `problem.${problem}`, values);
    }

    function fill(reply) {
      maps = convdemo.unpackMaps(reply.maps);
      const values = { of: reply.of, shown: maps.count };
      tell(lead, reply.of > maps.count ? "explain.maps_first" : "explain.maps_all", values);
      list.classList.remove("cd-old");
      if (tiles.length !== maps.count) {
        tiles = Array.from({ length: maps.count }, (_, place) => tile(place));
        list.replaceChildren(...tiles.map(({ button }) => button));
        step(0);
      }
      list.style.setProperty("--shape", maps.width / maps.height);
      paint();
      choose(chosen !== null && chosen < maps.count ? chosen : null);
    }

    function tile(place) {
      const canvas = make("canvas", { "aria-hidden": "true" });
      const button = make("button", {
        type: "button", class: "cd-map-tile", tabindex: "-1", onclick: () => choose(place), onkeydown: (event) => walk(event, place),
      }, canvas, make("span", { "aria-hidden": "true" }, String(place)));
      tell(button, "explain.map", { number: place }, "sayLabel");
      return { button, canvas };
    }

    function paint() {
      if (!maps) return;
      const most = convdemo.stageEnd(stage);
      for (const [place, { canvas }] of tiles.entries()) maps.paint(canvas, place, scale.end(maps.peaks[place], most));
    }

    function choose(place) {
      chosen = place;
      for (const [at, { button }] of tiles.entries()) button.setAttribute("aria-pressed", at === place);
      if (place !== null) step(place);
      onMap(place, maps, stage);
    }

    function step(place) {
      for (const [at, { button }] of tiles.entries()) button.tabIndex = at === place ? 0 : -1;
    }

    function walk(event, place) {
      const top = tiles[0].button.offsetTop;
      const across = tiles.filter(({ button }) => button.offsetTop === top).length;
      const way = { ArrowUp: -across, ArrowDown: across, ArrowLeft: -1, ArrowRight: 1, Home: -place, End: tiles.length - 1 - place }[event.key];
      if (way === undefined) return;
      event.preventDefault();
      const next = tiles[place + way];
      if (!next) return;
      step(place + way);
      next.button.focus();
    }

    // Another picture keeps the map that is chosen.
    function show(about, of) {
      request = about;
      stage = of;
      list.classList.add("cd-old");
      if (!maps) tell(lead, "explain.working");
      ask();
    }

    function empty() {
      maps = null;
      tiles = [];
      list.replaceChildren();
      onMap(null, null, null);
    }

    function clear() {
      request = stage = chosen = null;
      empty();
      tell(lead, "");
    }

    return { show, clear, paint };
  };
})();
