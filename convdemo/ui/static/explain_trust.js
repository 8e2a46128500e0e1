// Can I believe it? One map put to the test: a verdict in words, the checks behind it, and the curves.
(() => {
  const { make, tell, named, percent } = convdemo;
  const LINES = ["map", "random", "edges"];
  const FIGURES = ["infidelity", "sensitivity"];
  const SHAPES = { // that tell the verdicts apart without their colours
    trust: "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20M7 12.5l3.5 3.5l6.5-7.5",
    doubt: "M12 3L22.5 21H1.5ZM12 9.5v5M12 17v1.2",
    distrust: "M3 3h18v18H3ZM8 8l8 8M16 8l-8 8",
    passed: "M5 12.5l5 5L19 7",
    failed: "M6 6l12 12M18 6L6 18",
  };

  const mark = (name) => make("svg", { class: `cd-trust-mark cd-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true" },
    make("path", { d: SHAPES[name] }));

  // Two decimals, but none that says nothing is left where something is.
  const small = (value) => (value >= 0.005 || value === 0 ? value.toFixed(2) : "< 0.01");

  convdemo.explainTrust = (root, { server, element }) => {
    const panel = convdemo.explainPanel(root, "trust");
    const work = convdemo.explainWork("explain.trust.working", server);
    const again = make("button", { type: "button", class: "cd-button", "data-say": "explain.again", onclick: () => refresh.again() });
    const about = make("p", { class: "cd-trust-about" });
    const verdict = make("div", { class: "cd-trust-verdict", role: "status" });
    const checks = make("ul", { class: "cd-trust-checks" });
    const charts = make("div", { class: "cd-trust-charts" });
    const figures = make("dl", { class: "cd-trust-figures" });
    const found = make("div", { class: "cd-trust-found" }, verdict, checks, charts, figures);
    root.append(panel.status, about, work.node, again, found,
      make("details", { class: "cd-fold" }, make("summary", { "data-say": "explain.trust.more" }),
        make("div", { class: "cd-fold-content" }, ...["deletion", "insertion", "weights", "figures", "honest"].map((name) =>
          make("p", { "data-say": `explain.trust.more.${name}` })))));
    const code = convdemo.code(root, "explain.trust.code");
    const curves = ["deletion", "insertion"].map((name) => [name, convdemo.explainChart(charts, {
      title: `explain.trust.${name}`,
      alt: `explain.trust.${name}_alt`,
      axis: `explain.trust.${name}_axis`,
      told: (place) => (place === null ? ["explain.trust.areas"] : ["explain.trust.at", { percent: `${Math.round((100 * place) / steps)}%` }]),
      ticks: [0, 0.25, 0.5, 0.75, 1].map((share) => [share, `${share * 100}%`]),
    })]);

    let [request, look] = [null, null];
    let chosen = null; // the map that the visitor wants to know about, and of which picture
    let offered = []; // those that are shown
    let steps = 28;
    const seen = convdemo.explainSeen(root, () => refresh());

    // The chosen map; for another picture that of the same method, else the first one.
    function subject() {
      if (chosen && chosen.request === request) return chosen.map;
      return offered.find(({ method }) => method === chosen?.map.method) ?? offered[0] ?? null;
    }

    const refresh = convdemo.explainQuestion({
      seen,
      serve: server.trust,
      through: work.run,
      wanted: () => (request && subject() ? { ...request, ...subject() } : null),
      show,
      refuse(reply) {
        clear();
        panel.refuse(reply);
        again.hidden = !convdemo.explainEnded(reply);
      },
      age() {
        clear();
        tellAbout();
      },
      blank() {
        clear();
        panel.say(request ? "explain.trust.nothing" : "answer.none");
      },
    });

    // Figures are never left beside another map.
    function clear() {
      panel.say("");
      tell(about, "");
      found.hidden = again.hidden = true;
      code.show("");
    }

    function tellAbout() {
      const { method, stage, target, against } = subject();
      const key = against ? "explain.trust.about_against" : stage ? "explain.trust.about_stage" : "explain.trust.about";
      tell(about, key, { method: `@explain.method.${method}`, ...convdemo.explainAbout({ target: target ?? look.label, against, stage }) });
    }

    function show(reply) {
      steps = reply.steps;
      const label = named(reply.target);
      found.hidden = false;
      found.dataset.verdict = reply.verdict;
      const failed = reply.checks.find(({ passed }) => !passed)?.name;
      const sentence = make("p", { class: "cd-words" });
      tell(sentence, `explain.trust.${reply.verdict === "distrust" ? `distrust.${failed}` : reply.verdict}`, { target: label });
      verdict.replaceChildren(mark(reply.verdict),
        make("div", {}, make("strong", { "data-say": `explain.trust.verdict.${reply.verdict}` }), sentence));
      checks.replaceChildren(...reply.checks.map((check) => line(check, label)));
      for (const [name, chart] of curves) {
        chart.show(LINES.map((style) => ({
          key: `explain.trust.line.${style}`, values: { target: label }, style,
          points: reply[name][style].values, said: [`|${reply[name][style].area.toFixed(3)}`],
        })));
      }
      figures.replaceChildren(...FIGURES.map((name) => make("div", {},
        make("dt", { "data-say": `explain.trust.${name}` }), make("dd", {}, convdemo.figure(reply[name])),
        make("dd", { class: "cd-quiet", "data-say": `explain.trust.${name}.why` }))));
      code.show(reply.code);
    }

    function line({ name, passed, values: { probability, area, random, similarity } }, target) {
      const sentence = make("span");
      tell(sentence, `explain.trust.check.${name}.${passed ? "passed" : "failed"}`, {
        target,
        ...(name === "sure" && { percent: percent(probability) }),
        ...(name === "deletion" && { area: area.toFixed(3), random: random.toFixed(3) }),
        ...(name === "weights" && { similarity: small(similarity) }),
      });
      return make("li", { "data-check": name }, mark(passed ? "passed" : "failed"), sentence);
    }

    // Several panels are told of a new picture one after the other: it is asked for when all know it.
    const soon = () => queueMicrotask(refresh);

    element.addEventListener("convdemo:trust", ({ detail }) => {
      chosen = { map: detail, request };
      soon();
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      root.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    });

    element.addEventListener("convdemo:why", ({ detail }) => {
      offered = detail;
      soon();
    });

    function use(asked, seenThere) {
      [request, look] = asked && seenThere ? [asked, seenThere] : [null, null];
      clear();
      if (!request) panel.say("answer.none");
      soon();
    }

    use(null, null);
    return { use };
  };
})();
