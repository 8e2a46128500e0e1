// What a trained network takes for what: its accuracy on the test set, the matrix of its answers, and
// the pictures behind a cell of it.
(() => {
  const { make, tell, percent } = convdemo;
  const MOST_FREQUENT = 5;
  const MANY = 20; // classes from which on the cells are small

  // `askCell` gets {actual, predicted} and gives the reply of the server; `onExplain` gets the place of
  // a test picture that the visitor wants to look into.
  convdemo.confusion = (root, { askCell, onExplain }) => {
    const lead = make("p", { class: "cd-words" });
    const honest = make("p", { class: "cd-quiet", "data-say": "train.test_honest" });
    const table = make("table", { class: "cd-matrix", "data-say-label": "train.matrix" });
    const frequent = make("div", { class: "cd-frequent" });
    const caption = make("p", { class: "cd-words", role: "status" });
    const hint = make("p", { class: "cd-quiet", "data-say": "explain.from_cell" });
    const pictures = make("div", { class: "cd-mistakes" });
    const box = make("section", { class: "cd-outcome" },
      make("h3", { "data-say": "train.outcome" }), lead, honest,
      make("h3", { "data-say": "train.matrix" }), make("p", { class: "cd-quiet", "data-say": "train.matrix_hint" }),
      make("div", { class: "cd-scroll cd-matrix-box" }, table),
      make("h3", { "data-say": "train.frequent" }), frequent, caption, hint, pictures);
    root.append(box);
    let dataset = null;
    let classes = [];
    let cells = []; // buttons, a list for each actual class
    let pressed = null;
    let shown = null;
    let explained = false; // whether the network is on the shelf, so that one can look into it

    const named = (place, most) => `@${convdemo.classKey(dataset, classes[place], most)}`;

    const title = (name, attributes) => {
      const node = make("th", attributes);
      const text = make("span");
      convdemo.tellClass(text, dataset, name);
      node.append(text);
      return node;
    };

    function build({ confusion }) {
      const most = Math.max(1, ...confusion.flatMap((row, actual) => row.filter((_, predicted) => predicted !== actual)));
      cells = confusion.map((row, actual) => row.map((number, predicted) => cell(number, actual, predicted, most)));
      const upright = classes.some((name) => name.length > 2) ? "cd-upright" : "";
      const rows = confusion.map((row, actual) => make("tr", {},
        title(classes[actual], { scope: "row" }),
        make("td", { class: "cd-recall" }, recall(row, actual)),
        ...cells[actual].map((button) => make("td", {}, button))));
      table.replaceChildren(
        make("thead", {}, make("tr", {}, make("td"), make("th", { scope: "col", class: "cd-recall", "data-say": "train.recall" }),
          ...classes.map((name) => title(name, { scope: "col", class: upright })))),
        make("tbody", {}, ...rows));
      table.classList.toggle("cd-dense", classes.length > MANY);
      cells[0][0].tabIndex = 0;
    }

    function recall(row, actual) {
      const all = row.reduce((sum, number) => sum + number, 0);
      return all ? convdemo.share(row[actual] / all, 1) : "";
    }

    function cell(number, actual, predicted, most) {
      const right = actual === predicted;
      // By the root of the number: one mistake can be told from none, and from a hundred.
      const depth = right ? 0 : Math.sqrt(number / most);
      const kind = right ? "cd-right" : "";
      const button = make("button", {
        type: "button", class: `cd-cell ${kind}`, tabindex: "-1", "aria-pressed": "false",
        style: `--depth: ${depth.toFixed(2)}`, onclick: () => open(actual, predicted),
        onkeydown: (event) => move(event, actual, predicted),
      }, number || right ? String(number) : "·");
      const meaning = [right ? "train.cell_right" : "train.cell_wrong", { actual: named(actual), predicted: named(predicted), number }];
      tell(button, ...meaning, "sayLabel");
      tell(button, ...meaning, "sayTip");
      return button;
    }

    // A matrix is one stop of the Tab key; the arrows walk in it.
    function move(event, actual, predicted) {
      const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
      const next = (down || right) && cells[actual + down]?.[predicted + right];
      if (!next) return;
      event.preventDefault();
      step(next);
      next.focus();
    }

    function step(next) {
      for (const button of cells.flat()) button.tabIndex = button === next ? 0 : -1;
    }

    function showFrequent({ confusion }) {
      const mistakes = confusion.flatMap((row, actual) => row.map((number, predicted) => ({ number, actual, predicted })))
        .filter(({ number, actual, predicted }) => number && actual !== predicted)
        .sort((one, other) => other.number - one.number).slice(0, MOST_FREQUENT);
      frequent.replaceChildren(...mistakes.map(({ number, actual, predicted }) => {
        const button = make("button", { type: "button", class: "cd-button", onclick: () => open(actual, predicted) });
        tell(button, "train.mistake", { actual: named(actual, 24), predicted: named(predicted, 24), number });
        tell(button, "train.mistake", { actual: named(actual), predicted: named(predicted), number }, "sayTip");
        return button;
      }));
    }

    async function open(actual, predicted) {
      const button = cells[actual][predicted];
      pressed?.setAttribute("aria-pressed", false);
      button.setAttribute("aria-pressed", true);
      pressed = button;
      step(button);
      const values = { actual: named(actual), predicted: named(predicted) };
      const reply = await askCell({ actual, predicted });
      if (pressed !== button) return;
      if (reply.problem) {
        tell(caption, `problem.${reply.problem}`, reply.values);
        showPictures([]);
        return;
      }
      const key = reply.total ? (actual === predicted ? "train.pictures_right" : "train.pictures_wrong") : "train.pictures_none";
      tell(caption, key, { ...values, total: convdemo.grouped(reply.total), shown: reply.pictures.length });
      showPictures(reply.pictures);
    }

    function showPictures(found) {
      hint.hidden = !explained || !found.length;
      pictures.replaceChildren(...found.map(({ image, probability, place }) => {
        let picture = make("img", { src: image, alt: "" });
        if (explained) {
          picture = make("button", { type: "button", class: "cd-sample-button", onclick: () => onExplain(place) }, picture);
          tell(picture, "explain.sample", { place }, "sayLabel");
        }
        const figure = make("figure", { class: "cd-sample" }, picture, make("figcaption", {}, percent(probability)));
        tell(figure, "train.place", { place }, "sayTip");
        return figure;
      }));
    }

    // The outcome of a run on a data set; without one everything is hidden. `saved` is the model that
    // came of the run, null for none.
    function show(outcome, of, saved = null) {
      explained = Boolean(saved && convdemo.explain);
      box.hidden = !outcome;
      if (!outcome || shown === outcome) return;
      shown = outcome;
      pressed = null;
      dataset = of;
      ({ classes } = outcome);
      tell(lead, "train.test", {
        accuracy: convdemo.share(outcome.accuracy), error: convdemo.share(1 - outcome.accuracy), pictures: convdemo.grouped(outcome.n),
      });
      build(outcome);
      showFrequent(outcome);
      tell(caption, "train.cell_hint");
      showPictures([]);
    }

    show(null);
    return { show };
  };
})();
