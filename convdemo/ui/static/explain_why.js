// Why this answer? What several methods say that a class was read from, side by side over the picture.
(() => {
  const { make, call, latest, named } = convdemo;
  const FIRST = ["grad_cam", "occlusion", "integrated_gradients"]; // the methods that are on to begin with
  const STRENGTH = 60; // per cent of the map over the picture

  convdemo.explainWhy = (root, { server, options, element }) => {
    const panel = convdemo.explainPanel(root, "why");
    const select = (onchange) => make("select", { class: "cd-select", onchange });
    const target = select(chooseTarget);
    const against = select(changed);
    const search = convdemo.explainSearch(target);
    const stage = select(changed);
    const strength = make("input", { type: "range", min: 0, max: 100, step: 5, value: STRENGTH });
    const percentage = make("output");
    const toggles = make("div", { class: "cd-chips", role: "group", "data-say-label": "explain.why.methods" });
    const unstaged = make("p", { class: "cd-quiet", "data-say": "explain.why.no_stages" });
    const list = make("div", { class: "cd-heat-cards" });
    const stageField = convdemo.explainLabelled("explain.why.stage", stage);
    root.append(
      make("div", { class: "cd-toolbar cd-panel-fields" },
        convdemo.explainLabelled("explain.why.target", target), search.field, convdemo.explainLabelled("explain.why.against", against), stageField,
        make("label", { class: "cd-slider cd-heat-strength" }, make("span", { "data-say": "explain.why.strength" }), percentage, strength)),
      make("div", { class: "cd-field" }, make("span", { "data-say": "explain.why.methods" }), toggles),
      unstaged, panel.status, list);
    const code = convdemo.code(root, "explain.why.code");

    const cards = options.methods.map((method) => {
      const card = convdemo.explainCard(method, {
        server, onTrust: () => trust(card), onRemedy: (kind) => mend(card, kind), onFilm: () => film(card),
      });
      const button = make("button", {
        type: "button", class: "cd-button", value: method.name, "data-say": `explain.method.${method.name}`,
        "data-say-tip": `explain.method.${method.name}.why`, onclick: () => toggle(card),
      });
      return Object.assign(card, { button, on: FIRST.includes(method.name), shown: null, remedy: false });
    });
    toggles.append(...cards.map(({ button }) => button));

    let [request, look] = [null, null];
    let last = null; // the card that was chosen last: the code is its own
    const seen = convdemo.explainSeen(root, refresh);

    const spatial = () => look?.stages.filter((one) => one.spatial) ?? [];
    const usable = (card) => !card.method.staged || spatial().length > 0;
    const chosen = () => cards.filter((card) => card.on && usable(card));

    // What a card is asked for.
    function asking({ method: { name, staged }, remedy }) {
      return {
        method: name, stage: staged ? stage.value : null, target: target.value || null, against: against.value || null,
        ...(remedy && { remedy }),
      };
    }

    // The methods are asked one after the other; an answer is shown if it still is what its card wants.
    const ask = latest(async () => {
      for (const card of chosen()) {
        const about = text(card);
        if (!request || !card.on || card.shown === about) continue;
        const old = () => !request || !card.on || about !== text(card);
        const reply = await card.run(server.attribution, JSON.parse(about), old);
        if (!request || about !== text(card)) continue;
        if (convdemo.explainEnded(reply)) {
          if (card.on) card.shown = about;
          card.stop();
          continue;
        }
        if (reply.problem) {
          panel.refuse(reply);
          for (const one of chosen()) one.rest();
          return; // what is wrong for one method is wrong for all: they share the picture and the class
        }
        panel.say("");
        card.shown = about;
        await card.show({ ...reply, remedied: card.remedy });
        card.offer(other(reply.stage));
        tellCode();
      }
    });

    const text = (card) => JSON.stringify({ ...request, ...asking(card) });

    // The stage before that one whose maps have more than one place.
    function other(name) {
      const stages = spatial();
      const place = stages.findIndex((one) => one.name === name);
      return stages.slice(0, Math.max(0, place)).findLast(({ shape: [, height, width] }) => height * width > 1)?.name;
    }

    function mend(card, kind) {
      const to = kind === "stage" && other(card.reply.stage);
      if (kind === "again") card.shown = null;
      else if (kind === "against") card.remedy = true;
      else if (to) stage.value = to;
      refresh();
    }

    function tellCode() {
      const shown = chosen().filter(({ reply }) => reply);
      code.show((shown.includes(last) ? last : shown[0])?.reply.code ?? "");
    }

    function trust(card) {
      last = card;
      tellCode();
      element.dispatchEvent(new CustomEvent("convdemo:trust", { detail: asking(card) }));
    }

    async function film(card) {
      panel.say("explain.why.gif_working");
      const reply = await call(server.film, { ...request, ...asking(card) });
      if (reply.problem) panel.refuse(reply);
      else panel.say("");
      return reply.problem ? null : reply;
    }

    function toggle(card) {
      card.on = !card.on;
      if (card.on) last = card;
      refresh();
    }

    // A class cannot be compared with itself.
    function chooseTarget() {
      if (!look) return;
      const own = target.value || look.label;
      for (const option of against.options) option.disabled = option.value === own;
      if (against.value === own) against.value = "";
      changed();
    }

    // Something else is asked for, which may not need a remedy.
    function changed() {
      for (const card of cards) card.remedy = false;
      refresh();
    }

    function arrange() {
      for (const card of cards) {
        const able = usable(card);
        card.button.disabled = !able;
        card.button.setAttribute("aria-pressed", card.on && able);
      }
      const order = chosen().map(({ node }) => node);
      if (order.length !== list.children.length || order.some((node, place) => node !== list.children[place])) list.replaceChildren(...order);
      unstaged.hidden = !look || spatial().length > 0;
      stageField.hidden = !spatial().length;
    }

    function refresh() {
      arrange();
      if (!request) return;
      for (const card of chosen()) if (card.shown !== text(card)) card.age();
      element.dispatchEvent(new CustomEvent("convdemo:why", { detail: chosen().map(asking) }));
      tellCode();
      if (!list.children.length) panel.say("explain.why.nobody");
      else if (panel.status.dataset.say === "explain.why.nobody") panel.say("");
      if (seen()) ask();
    }

    function use(asked, seenThere) {
      const model = request?.model;
      const there = Boolean(asked && seenThere);
      [request, look] = there ? [asked, seenThere] : [null, null];
      for (const card of cards) {
        card.shown = null;
        card.clear();
        card.offerFilm(Boolean(look?.filmed));
      }
      panel.say(there ? "" : "answer.none");
      for (const control of [target, against, stage, strength]) control.disabled = !there;
      if (!there) {
        for (const card of cards) card.rest();
        code.show("");
        arrange();
        return;
      }
      const labels = Object.keys(look.probabilities);
      const classes = convdemo.explainClassChoice(labels);
      convdemo.explainOffer(target, [["", "explain.why.target_read", { label: named(look.label) }], ...classes]);
      search.offer(look.classes, labels.length);
      convdemo.explainOffer(against, [["", "explain.why.against_none"], ...classes]);
      if (request.model !== model) stage.replaceChildren();
      convdemo.explainOffer(stage, convdemo.explainStageChoice(look, true), look.cam_stage);
      chooseTarget();
    }

    function setStrength() {
      percentage.textContent = `${strength.value}%`;
      for (const card of cards) card.draw(Number(strength.value) / 100);
    }

    strength.addEventListener("input", setStrength);
    setStrength();
    use(null, null);
    return { use };
  };
})();
