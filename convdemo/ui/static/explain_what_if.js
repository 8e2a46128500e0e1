// What if? Channels of a stage ranked by what the answer loses without each, and a switch for every one.
(() => {
  const { make, tell, retell, named, percent } = convdemo;
  const RANKED = 10; // channels that are listed
  const FIVE = 5;
  const NOTHING = 0.005; // half a point: less is not worth a sentence
  const SEEN = 0.0005; // what is not 0.0 points

  const points = (fall) => Math.abs(fall * 100).toFixed(Math.abs(fall) < 0.0995 ? 1 : 0);

  // A board of switches, one a channel: Tab gets to it, arrows go on in it.
  function switchboard(root, onChange) {
    const board = make("div", { class: "cd-switches-board", role: "group", "data-say-label": "explain.what_if.board" });
    const off = new Set();
    root.append(board);

    function build(channels) {
      off.clear();
      board.replaceChildren(...[...Array(channels).keys()].map((channel) => {
        const button = make("button", {
          type: "button", class: "cd-switch", value: channel, tabindex: channel ? -1 : 0, onclick: () => toggle(channel),
        }, String(channel));
        tell(button, "explain.what_if.switch", { channel }, "sayLabel");
        return button;
      }));
      show();
    }

    function show() {
      for (const [channel, button] of [...board.children].entries()) button.setAttribute("aria-pressed", !off.has(channel));
    }

    function set(channels) {
      off.clear();
      for (const channel of channels) off.add(channel);
      show();
      onChange();
    }

    const toggle = (channel) => set(off.has(channel) ? [...off].filter((one) => one !== channel) : [...off, channel]);

    function focus(channel) {
      for (const button of board.querySelectorAll("[tabindex='0']")) button.tabIndex = -1;
      board.children[channel].tabIndex = 0;
      board.children[channel].focus();
    }

    board.addEventListener("focusin", ({ target }) => {
      for (const button of board.querySelectorAll("[tabindex='0']")) button.tabIndex = -1;
      target.tabIndex = 0;
    });
    board.addEventListener("keydown", (event) => {
      const from = [...board.children].indexOf(event.target);
      const across = [...board.children].filter(({ offsetTop }) => offsetTop === board.firstChild.offsetTop).length;
      const end = board.children.length - 1;
      const to = {
        ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - across, ArrowDown: from + across, Home: 0, End: end,
      }[event.key];
      if (from < 0 || to === undefined) return;
      event.preventDefault();
      if (to >= 0 && to <= end) focus(to);
    });

    return { build, set, toggle, get off() { return [...off].sort((one, other) => one - other); }, get count() { return board.children.length; } };
  }

  convdemo.explainWhatIf = (root, { server }) => {
    const panel = convdemo.explainPanel(root, "what_if");
    const stage = make("select", { class: "cd-select", onchange: build });
    const work = convdemo.explainWork("explain.what_if.working", server);
    const again = make("button", { type: "button", class: "cd-button", "data-say": "explain.again", onclick: () => askRanking.again() });
    const rankWords = make("p", { class: "cd-words" });
    const ranks = make("ol", { class: "cd-ranks", role: "list", "data-say-label": "explain.what_if.ranks" });
    const says = make("p", { class: "cd-words cd-what-if-says", role: "status", "aria-live": "polite" });
    const holder = make("div");
    const switches = make("div");
    const button = (key, onclick) => make("button", { type: "button", class: "cd-button", "data-say": key, onclick });
    const five = button("explain.what_if.five", switchFive);
    const found = make("div", { class: "cd-what-if" },
      make("section", {}, make("h3", { "data-say": "explain.what_if.ranking" }), rankWords, ranks),
      make("section", {}, make("h3", { "data-say": "explain.what_if.board" }),
        make("div", { class: "cd-toolbar" }, button("explain.what_if.all_on", () => board.set([])),
          button("explain.what_if.all_off", () => board.set(Array(board.count).keys())), five),
        switches),
      make("section", {}, make("h3", { "data-say": "explain.what_if.answer" }), says, holder));
    root.append(make("div", { class: "cd-toolbar cd-panel-fields" }, convdemo.explainLabelled("explain.what_if.stage", stage)),
      panel.status, work.node, again, found);
    again.hidden = true;
    const bars = convdemo.bars(holder);
    const code = convdemo.code(root, "explain.what_if.code");

    let [request, look] = [null, null];
    let ranking = []; // of the picture and stage on the page
    const board = switchboard(switches, () => askSwitched());
    const seen = convdemo.explainSeen(root, refresh);

    const asking = () => (request && stage.value ? { ...request, stage: stage.value } : null);

    function refuse(reply) {
      panel.refuse(reply);
      again.hidden = !convdemo.explainEnded(reply);
    }

    const askRanking = convdemo.explainQuestion({
      seen, serve: server.important, through: work.run, wanted: asking, refuse,
      age() {
        ranking = [];
        five.disabled = true; // until it is known which
        ranks.replaceChildren();
        tell(rankWords, "");
        again.hidden = true;
      },
      blank: () => (again.hidden = true),
      show(reply) {
        panel.say("");
        ranking = reply.ranking;
        five.disabled = false;
        showRanking(reply);
        if (!board.off.length) code.show(reply.code);
      },
    });

    const askSwitched = convdemo.explainQuestion({
      seen, serve: server.switched, refuse,
      wanted: () => (asking() && board.off.length ? { ...asking(), off: board.off } : null),
      age: () => holder.classList.add("cd-old"),
      show(reply) {
        code.show(reply.code);
        showAnswer(reply);
      },
      blank: () => look && showAnswer(look),
    });

    function showRanking({ target, ranking: [first] }) {
      const label = named(target);
      tell(rankWords, ...(first.fall < NOTHING
        ? ["explain.what_if.none_matters", { label }]
        : ["explain.what_if.falls", { channel: first.channel, label, points: points(first.fall) }]));
      const listed = ranking.slice(0, RANKED).filter(({ fall }) => Math.abs(fall) >= SEEN);
      const most = Math.max(NOTHING, ...listed.map(({ fall }) => Math.abs(fall)));
      ranks.replaceChildren(...listed.map(({ channel, fall }) => {
        const name = make("span", { class: "cd-rank-name" });
        const number = make("span", { class: "cd-bar-number" });
        const key = fall < 0 ? "rises" : "falls";
        tell(name, "explain.what_if.channel", { channel });
        tell(number, `explain.what_if.points_${key}`, { points: points(fall) });
        const row = make("li", { class: fall < 0 ? "cd-rank-rises" : "" }, name,
          make("span", { class: "cd-bar-track", "aria-hidden": "true" },
            make("span", { class: "cd-bar-fill", style: `transform: scaleX(${(Math.abs(fall) / most).toFixed(4)})` })), number);
        tell(row, `explain.what_if.${key}`, { channel, label, points: points(fall) }, "sayTip");
        return row;
      }));
    }

    function showAnswer({ label, probabilities }) {
      holder.classList.remove("cd-old");
      bars.show(probabilities, label);
      const before = { before: named(look.label), before_percent: percent(look.probabilities[look.label]) };
      const now = { label: named(label), percent: percent(probabilities[label]) };
      const off = board.off.length;
      const key = !off ? "all" : label === look.label ? "still" : "now";
      retell(says, `explain.what_if.reads_${key}`, { ...before, ...now, off, of: board.count });
    }

    function switchFive() {
      if (ranking.length) board.set(ranking.slice(0, FIVE).map(({ channel }) => channel));
    }

    // Another stage has other channels.
    function build() {
      board.build(look?.stages.find(({ name }) => name === stage.value)?.shape[0] ?? 0);
      refresh();
    }

    function refresh() {
      askRanking();
      askSwitched();
    }

    function use(asked, seenThere) {
      const before = [request?.model, stage.value];
      [request, look] = asked && seenThere ? [asked, seenThere] : [null, null];
      const stages = look ? convdemo.explainStageChoice(look, true) : [];
      if (request?.model !== before[0]) stage.replaceChildren();
      convdemo.explainOffer(stage, stages, look?.cam_stage);
      stage.disabled = !stages.length;
      found.hidden = !stages.length;
      panel.say(stages.length ? "" : look ? "explain.what_if.no_stages" : "answer.none");
      if (!stages.length) {
        board.build(0);
        code.show("");
        refresh();
        return;
      }
      const few = convdemo.explainFew(look.probabilities);
      holder.classList.toggle("cd-long-names", few.some((label) => label.length > 2));
      bars.build(few);
      // The switches stay as they are for another picture: one can see what it makes of them.
      if (request.model !== before[0] || stage.value !== before[1]) board.build(look.stages.find(({ name }) => name === stage.value).shape[0]);
      tell(says, "");
      refresh();
      if (!board.off.length) showAnswer(look);
    }

    use(null, null);
    return { use };
  };
})();
