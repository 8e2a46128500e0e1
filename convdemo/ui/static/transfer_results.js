// What came of the trainings of this visit: seconds and accuracy of each on one chart, and what was misread.
(() => {
  const { make, tell } = convdemo;
  const HEIGHT = 260;
  const EDGE = { left: 48, right: 16, top: 10, bottom: 40 };
  const TICKS = [0.01, 0.1, 1, 10, 100, 1000, 10_000].flatMap((power) => [power, 2 * power, 5 * power]);
  const kindOf = ({ plan }) => (Object.values(plan.traps).some(Boolean) ? "trap" : plan.mode);
  const plain = (text) => convdemo.plainText(text);

  // `onUse` gets the name of a model, `onMisread` a misread photo and that name.
  convdemo.transferResults = (root, { onUse, onMisread }) => {
    const plot = make("svg", { class: "cd-came-chart", role: "img", "data-say-label": "transfer.chart_alt" });
    const list = make("ol", { class: "cd-came-list", role: "list" });
    const empty = make("p", { class: "cd-quiet", "data-say": "transfer.nothing_yet" });
    const legend = make("p", { class: "cd-legend cd-quiet" }, ...["features", "finetune", "scratch", "trap"].map((kind) =>
      make("span", { class: `cd-came-key cd-came-${kind}`, "data-say": `transfer.kind.${kind}` })));
    const body = make("div", { class: "cd-came" }, make("figure", {}, legend, plot, make("figcaption", { class: "cd-quiet", "data-say": "transfer.chart_note" })), list);
    root.append(make("h2", { "data-say": "transfer.results" }), empty, body);
    let results = [];
    let width = 0;

    function draw() {
      if (!width || !results.length) return;
      const most = Math.max(...results.map(({ seconds }) => seconds));
      const least = Math.min(...results.map(({ seconds }) => Math.max(seconds, 0.01)));
      const [low, high] = [Math.log10(least) - 0.3, Math.log10(most) + 0.3];
      const x = (seconds) => EDGE.left + ((Math.log10(Math.max(seconds, 0.01)) - low) / Math.max(high - low, 0.5)) * (width - EDGE.left - EDGE.right);
      const y = (share) => EDGE.top + (1 - share) * (HEIGHT - EDGE.top - EDGE.bottom);
      plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      plot.replaceChildren(
        ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
          make("line", { class: "cd-grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(share), y2: y(share) }),
          make("text", { x: EDGE.left - 6, y: y(share) + 4, "text-anchor": "end" }, `${share * 100}%`),
        ]),
        ...TICKS.filter((tick) => x(tick) >= EDGE.left && x(tick) <= width - EDGE.right).map((tick) =>
          make("text", { x: x(tick), y: HEIGHT - 22, "text-anchor": "middle" }, String(Number(tick.toPrecision(1))))),
        make("text", { x: EDGE.left + (width - EDGE.left - EDGE.right) / 2, y: HEIGHT - 4, "text-anchor": "middle", "data-say": "transfer.axis_seconds" }),
        ...results.map((one, place) => point(one, place, x, y)),
      );
      for (const text of plot.querySelectorAll("text")) text.setAttribute("class", "cd-came-text");
    }

    function point(one, place, x, y) {
      const at = x(one.seconds);
      return make("g", { class: `cd-came-point cd-came-${kindOf(one)}` },
        make("line", { x1: at, x2: at, y1: y(one.low), y2: y(one.high) }),
        make("circle", { cx: at, cy: y(one.accuracy), r: 9 }),
        make("text", { x: at, y: y(one.accuracy) + 4, "text-anchor": "middle" }, String(place + 1)));
    }

    new ResizeObserver(([{ contentRect }]) => {
      width = Math.round(contentRect.width);
      draw();
    }).observe(plot);

    // The same training without a mistake, if there was one.
    function rightOne(one) {
      const key = ({ digest, plan }) => JSON.stringify([digest, { ...plan, traps: null }]);
      return results.find((other) => kindOf(other) !== "trap" && key(other) === key(one));
    }

    function row(one, place) {
      const name = make("p", { class: "cd-came-name" });
      const reached = make("p", { class: "cd-words" });
      const took = make("p", { class: "cd-quiet" });
      const kind = kindOf(one);
      tell(name, `transfer.row.${one.plan.mode}`, { number: place + 1, title: one.plan.mode === "scratch" ? `@transfer.network.${one.plan.network}` : plain(one.title) });
      tell(reached, "transfer.reached", { right: one.right, of: one.of, low: (100 * one.low).toFixed(0), high: (100 * one.high).toFixed(0) });
      tell(took, one.features_kept ? "transfer.took_kept" : "transfer.took", {
        seconds: convdemo.figure(one.seconds), trained: convdemo.count(one.trained), frozen: convdemo.count(one.frozen), photos: one.photos,
      });
      const node = make("li", { class: `cd-came-row cd-came-${kind}` }, name, reached, took);
      if (kind === "trap") node.append(...trapWords(one));
      if (one.name) {
        const use = make("button", { type: "button", class: "cd-button", "data-say": "transfer.use_this", onclick: () => onUse(one.name) });
        node.append(make("div", { class: "cd-toolbar" }, use));
      }
      node.append(misreadOf(one));
      return node;
    }

    function trapWords(one) {
      const right = rightOne(one);
      return Object.entries(one.plan.traps).filter(([, on]) => on).flatMap(([trap]) => {
        const why = make("p", { "data-say": `transfer.trap.${trap}.result` });
        const beside = make("p", { class: "cd-quiet" });
        tell(beside, right ? "transfer.trap_beside" : "transfer.trap_alone", right && { right: right.right, of: right.of });
        return [why, beside];
      });
    }

    function misreadOf(one) {
      const title = make("p", { class: "cd-quiet" });
      tell(title, one.misread.length ? "transfer.misread" : "transfer.misread_none", { photos: one.misread.length });
      return make("div", { class: "cd-misread" }, title, make("div", { class: "cd-misread-row" }, ...one.misread.map((wrong) => {
        const words = make("span");
        tell(words, "transfer.misread_as", { label: convdemo.named(wrong.label), read: convdemo.named(wrong.read), percent: convdemo.percent(wrong.probability) });
        const button = make("button", { type: "button", class: "cd-misread-photo", onclick: () => onMisread(wrong, one.name) }, make("img", { src: wrong.image, alt: "" }), words);
        button.disabled = !one.name;
        tell(button, "transfer.misread_open", null, "sayTip");
        return button;
      })));
    }

    let drawn = "";

    function show(shown) {
      results = shown;
      empty.hidden = results.length > 0;
      body.hidden = !results.length;
      const now = results.map(({ id }) => id).join();
      if (now === drawn) return;
      drawn = now;
      const rows = results.map(row);
      list.replaceChildren(...rows.reverse()); // the newest first
      draw();
    }

    return { show };
  };
})();
