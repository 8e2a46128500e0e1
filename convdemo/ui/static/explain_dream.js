// What does it want to see? Pictures made from nothing that a class, or a channel of a stage, answers to most.
(() => {
  const { make, tell } = convdemo;
  const WAYS = ["all", "class", "channel"];
  const MANY = 20; // classes

  convdemo.explainDream = (root, { server }) => {
    const panel = convdemo.explainPanel(root, "dream");
    const label = make("select", { class: "cd-select" });
    const search = convdemo.explainSearch(label);
    const stage = make("select", { class: "cd-select", onchange: fitChannel });
    const channel = make("input", {
      type: "number", class: "cd-select cd-number", min: 0, value: 0, step: 1, inputmode: "numeric", onchange: fitChannel,
    });
    const ways = make("div", { class: "cd-segments", role: "group", "data-say-label": "explain.dream.of" },
      ...WAYS.map((name) => make("button", { type: "button", value: name, "data-say": `explain.dream.${name}`, onclick: () => choose(name) })));
    const fields = {
      class: [convdemo.explainLabelled("explain.dream.label", label), search.field],
      channel: [convdemo.explainLabelled("explain.dream.stage", stage), convdemo.explainLabelled("explain.dream.number", channel)],
    };
    const start = make("button", { type: "button", class: "cd-button cd-primary", "data-say": "explain.dream.start", onclick: dream });
    const progress = convdemo.explainWork("explain.dream.working", server);
    const grid = make("div", { class: "cd-dreams" });
    root.append(make("div", { class: "cd-toolbar cd-panel-fields" },
      make("div", { class: "cd-field" }, make("span", { "data-say": "explain.dream.of" }), ways),
      ...Object.values(fields).flat(), start), panel.status, progress.node, grid);
    const code = convdemo.code(root, "explain.dream.code");

    let [request, look] = [null, null];
    let way = WAYS[0];
    let busy = false;

    function choose(name) {
      way = name;
      for (const button of ways.children) button.setAttribute("aria-pressed", button.value === way);
      for (const [of, parts] of Object.entries(fields)) for (const part of parts) part.hidden = of !== way;
      if (look && way === "class") search.offer(look.classes, label.options.length);
    }

    // A channel that the stage has.
    function fitChannel() {
      const channels = look?.stages.find(({ name }) => name === stage.value)?.shape[0] ?? 1;
      channel.max = channels - 1;
      channel.value = Math.min(channels - 1, Math.max(0, Math.round(Number(channel.value)) || 0));
    }

    const wanted = () => ({
      model: request.model,
      ...(way === "class" && { target: label.value }),
      ...(way === "channel" && { stage: stage.value, channel: Number(channel.value) }),
    });

    async function dream() {
      if (busy || !request) return;
      const about = wanted();
      work(true);
      const reply = await progress.run(server.dream, about, () => request?.model !== about.model);
      work(false);
      if (request?.model !== about.model) return;
      if (reply.problem) panel.refuse(reply);
      else show(reply, about);
    }

    function work(goes) {
      busy = goes;
      start.disabled = goes || !request;
      grid.classList.toggle("cd-old", goes);
      if (goes) panel.say("");
    }

    function show({ dreams, seconds, trials, code: python }, about) {
      panel.say("explain.dream.made", { seconds: convdemo.figure(seconds) });
      grid.replaceChildren(...dreams.map((one) => figure(one, trials, about)));
      code.show(python);
    }

    function figure({ image, label: of, lowest, counts }, trials, about) {
      const name = make("span", { class: "cd-dream-name" });
      const proof = make("span", { class: "cd-quiet" });
      if (of === null) tell(name, "explain.dream.channel_name", { ...convdemo.stageWords(about.stage), channel: about.channel });
      else tell(name, `class.${of}|${of}`);
      if (lowest !== null) {
        // Rounded down: it may not claim more than was found.
        tell(proof, counts ? "explain.dream.counts" : "explain.dream.counts_not", { lowest: (Math.floor(lowest * 100) / 100).toFixed(2), trials });
      }
      return make("figure", { class: counts || of === null ? "cd-dream" : "cd-dream cd-dream-not" },
        make("img", { src: image, alt: "" }), make("figcaption", {}, name, proof));
    }

    // Dreams are the network's own: they stay while its pictures change.
    function use(asked, seenThere) {
      const same = asked?.model === request?.model;
      [request, look] = asked && seenThere ? [asked, seenThere] : [null, null];
      start.disabled = busy || !request;
      if (!request) {
        panel.say("answer.none");
        grid.replaceChildren();
        return;
      }
      if (same && grid.children.length) return;
      grid.replaceChildren();
      code.show("");
      panel.say("explain.dream.before");
      const labels = Object.keys(look.probabilities).filter((one) => !look.extra?.includes(one));
      convdemo.explainOffer(label, convdemo.explainClassChoice(labels), labels.find((one) => one === look.label));
      const many = look.classes.length > MANY; // to be dreamt of at once
      ways.firstChild.hidden = many;
      if (many && way === "all") choose("class");
      else choose(way);
      search.offer(look.classes, labels.length);
      if (way !== "class") search.field.hidden = true;
      convdemo.explainOffer(stage, convdemo.explainStageChoice(look, false));
      fitChannel();
    }

    choose(way);
    use(null, null);
    return { use };
  };
})();
