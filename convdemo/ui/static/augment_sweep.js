// Does the label survive? One technique at every strength it can have, read by a model: a curve with
// its strip, in words how far the label stays, and what flips make of it.
(() => {
  const { make, tell, retell, call, latest, named, percent, readAs, strengthText, unchangedPoint } = convdemo;
  const FILLING = ["rotate", "shift_x", "shift_y", "shear", "zoom"]; // what moves the picture bares an edge

  // How far the label stays, going both ways from the unchanged picture: sentences for `tell`.
  function summary(reply) {
    const { points, label, unit } = reply;
    const kept = ({ label: read }) => read === label;
    const text = (place) => strengthText(unit, points[place].value);
    const middle = unchangedPoint(reply);
    const wanted = { wanted: named(label) };
    if (!kept(points[middle])) {
      const [key, values] = readAs(points[middle], "augment.sweep.misread");
      return [[key, { ...values, ...wanted }]];
    }
    let [first, last] = [middle, middle];
    while (first > 0 && kept(points[first - 1])) first--;
    while (last < points.length - 1 && kept(points[last + 1])) last++;
    const [low, high] = [first > 0, last < points.length - 1]; // where it comes to an end
    if (!low && !high) return [["augment.sweep.always", wanted]];
    const range = { ...wanted, low: text(first), high: text(last) };
    let key = low ? "from" : "up_to";
    if (low && high) key = first === last ? "only" : "between";
    const ends = [...(low ? [first - 1] : []), ...(high ? [last + 1] : [])].map((place) => {
      const [end, values] = readAs(points[place], "augment.sweep.becomes");
      return [end, { ...values, value: text(place) }];
    });
    const again = points.some((point, place) => (place < first || place > last) && kept(point));
    return [[`augment.sweep.${key}`, range], ...ends, ...(again ? [["augment.sweep.again", wanted]] : [])];
  }

  convdemo.augmentSweep = (root, { server, options }) => {
    const choice = (names, key) => make("select", { class: "cd-select", onchange: refresh },
      ...names.map((name) => make("option", { value: name, "data-say": `${key}.${name}` })));
    const axis = choice(options.axes.map(({ name }) => name), "augment.sweep.axis");
    const fill = choice(options.fills, "augment.fill");
    const field = (key, select) => make("label", { class: "cd-field" }, make("span", { "data-say": key }), select);
    const filling = field("augment.fill", fill);
    const words = make("p", { class: "cd-words cd-sweep-words", role: "status", "aria-live": "polite" });
    const follows = make("p", { class: "cd-quiet" });
    const found = make("div", { class: "cd-sweep-found" });
    const at = make("span", { class: "cd-sweep-at" });
    const readout = make("span", { class: "cd-sweep-reads" });
    const likely = make("span");
    const reading = make("p", { class: "cd-quiet cd-sweep-reading" }, at, readout, likely);
    const pending = make("p", { class: "cd-quiet cd-sweep-pending" });
    const spoken = make("p", { class: "cd-aside", role: "status" });
    const flips = make("div", { class: "cd-sweep-flips" });
    root.classList.add("cd-panel");
    root.append(make("h2", { "data-say": "augment.sweep.title" }), make("p", { class: "cd-quiet", "data-say": "augment.sweep.lead" }),
      make("div", { class: "cd-toolbar cd-panel-fields" }, field("augment.sweep.axis", axis), filling, pending), follows, words, found);
    const chart = convdemo.sweepChart(found, { onPoint: read });
    found.append(reading, spoken, flips, make("p", { class: "cd-quiet", "data-say": "augment.sweep.flip_hint" }));
    const code = convdemo.code(found, "augment.sweep.code");

    let [picture, reader, reply] = [null, null, null];
    let visible = false;
    let asked = ""; // for what the chart was asked that is on the page, or will be

    function wanted() {
      if (!picture || !reader) return null;
      return { ...picture, ...reader, axis: axis.value, fill: FILLING.includes(axis.value) ? fill.value : "constant" };
    }

    function say(...sentences) {
      found.classList.remove("cd-old");
      words.replaceChildren(...sentences.flatMap(([key, values]) => {
        const sentence = make("span");
        tell(sentence, key, values);
        return [sentence, " "];
      }));
    }

    // A sentence in place of a chart.
    function clear(key, values) {
      reply = null;
      found.hidden = true;
      tell(follows, "");
      say([key, values]);
    }

    const ask = latest(async (stale) => {
      const about = wanted();
      if (!about) return;
      const old = setTimeout(() => {
        found.classList.toggle("cd-old", Boolean(reply));
        retell(pending, "augment.sweep.reading");
      }, 150);
      const said = await call(server.sweep, about, stale);
      clearTimeout(old);
      if (stale()) return;
      retell(pending, "");
      const awaited = JSON.stringify(wanted()) === JSON.stringify(about);
      // What is chosen while nobody sees it is asked for later, and a server that is busy or gone again.
      if (!awaited || ["busy", "offline"].includes(said.problem)) asked = "";
      if (!awaited) return;
      if (said.problem) clear(`problem.${said.problem}`, said.values);
      else show(said);
    });

    function show(said) {
      reply = said;
      found.hidden = false;
      say(...summary(reply));
      const nearest = reply.points[unchangedPoint(reply)].label === null; // nothing is read, the likeliest class is followed
      const source = reply.known ? "known" : nearest ? "nearest" : "own";
      tell(follows, `augment.sweep.${source}`, { label: named(reply.label), model: reply.model });
      chart.show(reply);
      read(null);
      flips.replaceChildren(...Object.entries(reply.flips).map(flipped));
      code.show(reply.code);
    }

    // The point under the cursor, else the unchanged picture.
    function read(place, byKey = false) {
      if (!reply) return; // a chart that is hidden loses the focus
      const { points, unit, label } = reply;
      const one = points[place ?? unchangedPoint(reply)];
      at.textContent = strengthText(unit, one.value);
      tell(readout, ...readAs(one, "augment.still"));
      tell(likely, "augment.sweep.likely", { label: named(label), percent: percent(one.probability) });
      spoken.textContent = byKey ? reading.innerText.replace(/\s+/g, " ") : ""; // only what was asked for is read aloud
    }

    function flipped([name, one]) {
      const what = make("span", { "data-say": `augment.sweep.${name}` });
      const said = make("span", { class: "cd-flip-reads" });
      tell(said, ...readAs(one, "augment.still"));
      const share = make("span", { class: "cd-quiet" }, one.label === null ? "" : percent(one.best));
      return make("p", { class: one.label === reply.label ? "cd-flip" : "cd-flip cd-flipped" }, what, " ", said, " ", share);
    }

    function refresh() {
      filling.hidden = !FILLING.includes(axis.value);
      const about = wanted();
      const now = about ? JSON.stringify(about) : picture ? "no_reader" : "no_picture";
      if (now === asked || (about && !visible)) return;
      asked = now;
      if (about) ask();
      else clear(`augment.sweep.${now}`);
    }

    // Only for those who see it: every chart is some forty readings.
    new IntersectionObserver((changes) => {
      visible = changes.at(-1).isIntersecting;
      refresh();
    }).observe(root);
    refresh();

    return {
      use(shown, by) {
        [picture, reader] = [shown, by];
        refresh();
      },
    };
  };
})();
