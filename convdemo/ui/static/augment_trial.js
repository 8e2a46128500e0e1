// Does it help? The same network trained without and with what is chosen above, from the same seeds:
// how the trial goes, and a dot for each run on one scale, by what was done to the test pictures.
(() => {
  const { make, tell, retell, call, share, grouped, duration } = convdemo;
  const EVERY = 400; // milliseconds between two looks
  const LATER = 2000; // while the server does not answer
  const HIDDEN = 8000; // while nobody sees the page; after 30 s without a look the trial is given up
  const SIDES = { without: false, with: true }; // and whether their runs are augmented

  // Bounds and ticks for values of 0 to 1: round numbers, three to six of them.
  function scaleOf(values) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const step = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((one) => one * 4 >= high - low) ?? 0.25;
    const first = Math.max(0, Math.floor(low / step + 1e-9));
    const last = Math.max(first + 1, Math.min(Math.round(1 / step), Math.ceil(high / step - 1e-9)));
    const ticks = [...Array(last - first + 1).keys()].map((place) => (first + place) * step);
    return { ticks, place: (value) => `${((value / step - first) / (last - first) * 100).toFixed(2)}%` };
  }

  // A difference counts where the means are further apart than twice the larger spread. For three runs
  // against three that is about what a t test asks for at five per cent, and it can be seen in the dots.
  function verdict(without, treated) {
    const difference = treated.mean - without.mean;
    if (Math.abs(difference) <= 2 * Math.max(without.spread, treated.spread)) return ["augment.trial.same"];
    return [`augment.trial.${difference > 0 ? "helps" : "hurts"}`, { points: (Math.abs(difference) * 100).toFixed(1) }];
  }

  // The dots: two rows for each condition, all on the same scale.
  function dotPlot(root) {
    let rows = new Map();

    function build(conditions) {
      rows = new Map(conditions.map((condition) => {
        const judged = make("span", { class: "cd-judged" });
        const sides = Object.keys(SIDES).map((side) => {
          const track = make("span", { class: "cd-dots", "aria-hidden": "true" });
          const text = make("span", { class: "cd-dots-text" });
          const node = make("p", { class: `cd-dots-row cd-${side}` },
            make("span", { class: "cd-dots-name", "data-say": `augment.trial.${side}` }), track, text);
          return { side, track, text, node };
        });
        const node = make("section", { class: "cd-condition" },
          make("h3", {}, make("span", { "data-say": `augment.trial.on.${condition}` }), " ", judged), ...sides.map((one) => one.node));
        return [condition, { node, judged, sides }];
      }));
      const axis = make("span", { class: "cd-dots-axis" });
      root.replaceChildren(...[...rows.values()].map(({ node }) => node),
        make("p", { class: "cd-dots-row", "aria-hidden": "true" }, make("span"), axis),
        make("p", { class: "cd-quiet cd-dots-legend" },
          make("span", { class: "cd-key-run", "data-say": "augment.trial.key_run" }),
          make("span", { class: "cd-key-mean", "data-say": "augment.trial.key_mean" })));
      return axis;
    }

    let axis = null;

    function show({ conditions, results, runs, seeds }) {
      if (rows.size !== conditions.length) axis = build(conditions);
      const { ticks, place } = scaleOf(runs.flatMap(({ accuracy }) => Object.values(accuracy)));
      const at = (value) => `left: ${place(value)}`;
      const digits = ticks[1] - ticks[0] < 0.0099 ? 1 : 0;
      axis.replaceChildren(...ticks.map((tick) => make("span", { style: at(tick) }, share(tick, digits))));
      for (const [condition, { judged, sides }] of rows) {
        for (const { side, track, text } of sides) {
          const ours = runs.filter(({ augmented }) => augmented === SIDES[side]);
          const found = results[side][condition];
          track.replaceChildren(
            ...ticks.map((tick) => make("i", { class: "cd-dots-tick", style: at(tick) })),
            ...ours.map(({ seed, accuracy }) => dot(seed, accuracy[condition], at)),
            ...(found ? [make("i", { class: "cd-dots-mean", style: at(found.mean) })] : []));
          text.textContent = found ? share(found.mean, 1) : "–";
          if (found?.n > 1) text.append(make("span", { class: "cd-spread" }, ` ± ${(found.spread * 100).toFixed(1)}`));
        }
        const [without, treated] = Object.keys(SIDES).map((side) => results[side][condition]);
        const all = without?.n === seeds && treated?.n === seeds;
        const [key, values] = all ? verdict(without, treated) : [""];
        retell(judged, key, values);
        judged.dataset.verdict = key.split(".").at(-1);
      }
    }

    function dot(seed, accuracy, at) {
      const node = make("i", { class: "cd-dots-run", style: at(accuracy) });
      tell(node, "augment.trial.run_tip", { seed, percent: share(accuracy, 1) }, "sayTip");
      return node;
    }

    function clear() {
      rows = new Map();
      root.replaceChildren();
    }

    return { show, clear };
  }

  convdemo.augmentTrial = (root, { server, options: { trial: offered } }) => {
    const dataset = make("select", { class: "cd-select" },
      ...offered.datasets.map((name) => make("option", { value: name, "data-say": `dataset.${name}` })));
    const sizes = make("div", { class: "cd-segments", role: "group", "data-say-label": "augment.trial.pictures" },
      ...offered.pictures.map((number) =>
        make("button", { type: "button", value: number, onclick: () => setPictures(number) }, grouped(number))));
    const button = make("button", { type: "button", class: "cd-button cd-primary", "data-say": "augment.trial.start", onclick: press });
    const state = make("span", { role: "status" });
    const left = make("span", { class: "cd-quiet" });
    const time = make("span", { class: "cd-quiet" });
    const progress = convdemo.progress("augment.trial.progress");
    const going = make("div", { class: "cd-trial-going" }, make("p", { class: "cd-trial-state" }, state, left, " ", time), progress.node);
    const tried = make("span");
    const earlier = make("span", { class: "cd-earlier" });
    const plot = make("div", { class: "cd-trial-plot" });
    const rule = make("p", { class: "cd-quiet" });
    root.classList.add("cd-panel");
    root.append(make("h2", { "data-say": "augment.trial.title" }), make("p", { class: "cd-quiet", "data-say": "augment.trial.lead" }),
      make("div", { class: "cd-toolbar cd-panel-fields" },
        make("label", { class: "cd-field" }, make("span", { "data-say": "augment.trial.dataset" }), dataset),
        make("div", { class: "cd-field" }, make("span", { "data-say": "augment.trial.pictures" }), sizes), button),
      make("p", { class: "cd-quiet cd-tried" }, tried, " ", earlier), going, plot, rule);
    const dots = dotPlot(plot);
    going.hidden = true;

    let how = null; // {policy} or {chain, fill}: what is chosen above
    let asked = null; // {how, dataset, pictures} of the trial on the page
    let trial = null; // its number while it goes
    let last = null; // the last look at it
    let pictures = offered.pictures.includes(300) ? 300 : offered.pictures[0];
    let wake = () => {};

    function setPictures(number) {
      pictures = number;
      for (const one of sizes.children) one.setAttribute("aria-pressed", Number(one.value) === number);
    }

    async function press() {
      if (trial) stop();
      else if (how) await start();
    }

    async function start() {
      button.disabled = true;
      const about = { how, dataset: dataset.value, pictures };
      const reply = await call(server.trial_start, { ...how, dataset: about.dataset, pictures });
      button.disabled = false;
      going.hidden = false;
      if (reply.problem) {
        rest(`problem.${reply.problem}`, reply.values);
        return;
      }
      [asked, trial, last] = [about, reply.trial, null];
      dots.clear();
      tell(rule, "");
      tellTried();
      work(true);
      advance(0);
      retell(state, "augment.trial.starting");
      watch(reply.trial);
    }

    // What is known stays.
    function stop() {
      const [stopped, done] = [trial, last?.runs.length ?? 0];
      call(server.trial_stop, { trial: stopped });
      rest(done ? "augment.trial.stopped" : "augment.trial.stopped_early", { run: done, runs: 2 * (last?.seeds ?? 0) });
    }

    // Until it is over, or another one has begun; also while the visitor is in another tab.
    async function watch(id) {
      while (trial === id) {
        const reply = await call(server.trial_look, { trial: id });
        if (trial !== id) return;
        const away = ["offline", "busy"].includes(reply.problem);
        if (away) retell(state, `problem.${reply.problem}`);
        else if (reply.problem) rest(`problem.${reply.problem}`, reply.values);
        else show(reply);
        await pause(away ? LATER : document.hidden ? HIDDEN : EVERY);
      }
    }

    const pause = (milliseconds) => new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, milliseconds);
    });

    function show(reply) {
      const { place, over, progress: now, runs, seeds } = reply;
      last = reply;
      if (runs.length) dots.show(reply);
      if (over && runs.length === 2 * seeds) {
        rest("augment.trial.done", { runs: runs.length, pictures: grouped(reply.test_pictures) });
        tell(rule, "augment.trial.rule");
      } else if (over) rest("augment.trial.stopped", { run: runs.length, runs: 2 * seeds });
      else if (place > 1) retell(state, "augment.trial.waiting", { before: place - 1 });
      else if (!now) retell(state, "augment.trial.starting");
      else {
        retell(state, "augment.trial.running", { run: now.run, runs: now.runs });
        advance(now.share, now.seconds_left);
      }
    }

    function advance(done, seconds = null) {
      progress.show(done);
      tell(left, seconds === null ? "" : "train.fact_left");
      const whole = Math.max(1, Math.round(seconds));
      if (seconds === null) tell(time, "");
      else tell(time, ...(whole < 60 ? ["train.seconds", { seconds: whole }] : duration(whole)));
    }

    function work(goes) {
      for (const one of [dataset, ...sizes.children]) one.disabled = goes;
      progress.node.hidden = !goes;
      button.classList.toggle("cd-primary", !goes);
      retell(button, goes ? "augment.trial.stop" : "augment.trial.start");
    }

    function rest(key, values) {
      trial = null;
      work(false);
      advance(0);
      retell(state, key, values);
    }

    function tellTried() {
      const { how: { policy, chain }, dataset: data, pictures: number } = asked;
      const kind = policy ? "policy" : chain.length === 1 ? "step" : "chain";
      tell(tried, `augment.trial.tried_${kind}`, {
        policy: `@augment.policy.${policy}`, steps: chain?.length, dataset: `@dataset.${data}`, pictures: grouped(number),
      });
      compare();
    }

    // The results stay when something else is chosen; that they are not of it is said.
    function compare() {
      const same = !asked || JSON.stringify(asked.how) === JSON.stringify(how);
      retell(earlier, same ? "" : "augment.trial.earlier");
    }

    document.addEventListener("visibilitychange", () => wake());
    setPictures(pictures);

    return {
      use(chosen) {
        how = chosen;
        compare();
      },
    };
  };
})();
