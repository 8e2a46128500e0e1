// The folds of the Train tab: the data, the layers, a run's log. Each asks when it is opened.
(() => {
  const { make, tell, call } = convdemo;

  // A fold whose content belongs to a subject; `fill` is asked for it once per subject, if it is open.
  function fold(root, key, fill) {
    const box = make("div", { class: "cd-fold-content" });
    const details = make("details", { class: "cd-fold" }, make("summary", { "data-say": key }), box);
    root.append(details);
    let subject = null;
    let filled = null;

    async function ask() {
      const asked = subject;
      if (!details.open || asked === null || filled === asked) return;
      filled = asked;
      const { nodes, problem, values } = await fill(JSON.parse(asked));
      if (asked !== subject) return;
      if (!problem) {
        box.replaceChildren(...nodes);
        return;
      }
      filled = null; // opening it again asks again
      const sentence = make("p", { class: "cd-trouble" });
      tell(sentence, `problem.${problem}`, values);
      box.replaceChildren(sentence);
    }

    details.addEventListener("toggle", ask);
    return (next) => {
      const wanted = JSON.stringify(next);
      if (wanted === subject) return;
      subject = wanted;
      ask();
    };
  }

  const sentence = (key, values) => {
    const node = make("p", { class: "cd-quiet" });
    tell(node, key, values);
    return node;
  };

  const MANY = 12; // bars of classes that are seen without scrolling

  // `classesOf` gives the classes of a data set by name.
  convdemo.dataFold = (root, { server, classesOf }) => {
    const set = fold(root, "train.data", async ({ dataset }) => {
      const reply = await call(server.samples, { dataset });
      if (reply.problem) return reply;
      const classes = classesOf(dataset);
      const pictures = reply.pictures.map(({ image, label }) => {
        const caption = make("figcaption");
        convdemo.tellClass(caption, dataset, label);
        return make("figure", { class: "cd-sample" }, make("img", { src: image, alt: "" }), caption);
      });
      const most = Math.max(...reply.counts);
      const long = classes.some((name) => name.length > 2) ? "cd-long" : "";
      const counts = reply.counts.map((number, place) => {
        const name = make("span", { class: "cd-bar-name" });
        convdemo.tellClass(name, dataset, classes[place]);
        return make("li", {}, name,
          make("span", { class: "cd-bar-track", "aria-hidden": "true" },
            make("span", { class: "cd-bar-fill", style: `transform: scaleX(${number / most})` })),
          make("span", { class: "cd-bar-number" }, convdemo.grouped(number)));
      });
      const rounded = (value) => [value].flat().map((one) => one.toFixed(3)).join(", ");
      return { nodes: [
        make("div", { class: "cd-samples" }, ...pictures),
        sentence("train.counts", { pictures: convdemo.grouped(reply.n) }),
        make("ol", {
          class: `cd-bars cd-small cd-counts ${long}`, role: "list", tabindex: counts.length > MANY ? "0" : null,
        }, ...counts),
        sentence("train.brightness", { mean: rounded(reply.mean), spread: rounded(reply.std) }),
      ] };
    });
    return ({ dataset }) => set({ dataset });
  };

  convdemo.layersFold = (root, { server }) =>
    fold(root, "train.layers", async (subject) => {
      const reply = await call(server.layers, subject);
      if (reply.problem) return reply;
      const numbers = ({ parameters, multiply_adds: products }) =>
        ({ parameters: convdemo.grouped(parameters), products: convdemo.grouped(products) });
      const rows = reply.rows.map((row) => make("li", {},
        make("strong", {}, row.stage), make("span", {}, row.shape.join(" × ")),
        make("span", { class: "cd-quiet" }, row.layers),
        sentence("train.layer", numbers(row))));
      return { nodes: [
        sentence("train.layers_lead"),
        make("ol", { class: "cd-layers", role: "list" }, ...rows),
        sentence("train.layers_sum", numbers(reply)),
      ] };
    });

  convdemo.logFold = (root, { server }) => {
    const set = fold(root, "train.log", async ({ run }) => {
      const reply = await call(server.log, { run });
      if (reply.problem) return reply;
      return { nodes: [make("pre", { class: "cd-log", tabindex: "0" }, reply.text)] };
    });
    return (run) => {
      root.hidden = !run?.log;
      if (run?.log) set({ run: run.id, status: run.status }); // it has grown when the status is another
    };
  };
})();
