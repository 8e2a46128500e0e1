// What the panels of the Explain tab share: their head, what can be chosen, how they ask, and what they
// show while they wait.
(() => {
  const { make, tell, retell, call, latest, named } = convdemo;
  const MOST_FOUND = 8; // classes that are shown while one searches
  const MOMENT = 150; // milliseconds in which nothing needs to be said

  // The head of a panel, and the line that says how it stands.
  convdemo.explainPanel = (root, name) => {
    const status = make("p", { class: "cd-words cd-explain-status", role: "status", "aria-live": "polite" });
    root.classList.add("cd-panel", "cd-explain-panel", `cd-explain-${name}`);
    root.append(make("h2", { "data-say": `explain.${name}.title` }), make("p", { class: "cd-quiet", "data-say": `explain.${name}.lead` }));

    const say = (key, values) => retell(status, key, values);
    return { status, say, refuse: ({ problem, values }) => say(`problem.${problem}`, values) };
  };

  convdemo.explainLabelled = (key, control) =>
    make("label", { class: "cd-field" }, make("span", { "data-say": key }), control);

  // What sentences about a map are filled with: its class, perhaps the one it is compared with and its stage.
  convdemo.explainAbout = ({ target, against, stage }) => ({
    target: named(target), ...(against && { against: named(against) }), ...(stage && convdemo.stageWords(stage)),
  });

  // A list to choose from, of [value, key, values]; what is chosen stays where it is still there.
  convdemo.explainOffer = (select, entries, otherwise = entries[0]?.[0]) => {
    const before = select.value;
    select.replaceChildren(...entries.map(([value, key, values]) => {
      const option = make("option", { value });
      tell(option, key, values);
      return option;
    }));
    select.value = entries.some(([value]) => value === before) ? before : otherwise ?? "";
  };

  // A field that finds one of a thousand classes by parts of its name, in any order: the arrow keys and Enter
  // choose. What is found joins the list that one chooses from.
  let lists = 0;
  convdemo.explainSearch = (select) => {
    const id = `cd-class-list-${++lists}`;
    const list = make("ul", { class: "cd-class-found", role: "listbox", id, "data-say-label": "explain.search" });
    const count = make("span", { class: "cd-aside", role: "status" });
    const input = make("input", {
      type: "search", class: "cd-select cd-class-search", role: "combobox", "aria-autocomplete": "list", "aria-controls": id,
      "data-say-label": "explain.search", "data-say-tip": "explain.search_why", autocomplete: "off", spellcheck: "false",
      oninput: find, onfocus: () => input.select(), onkeydown: press, onblur: close,
    });
    const field = make("div", { class: "cd-field cd-class-field" }, make("span", { "data-say": "explain.search" }), input, list, count);
    let labels = [];
    let found = [];
    let active = 0;
    field.hidden = true;

    // Names that begin with what is typed come first, then those of which a word does.
    function rank(label, wanted, words) {
      const name = label.toLowerCase();
      if (name.startsWith(wanted)) return name === wanted ? 0 : 1;
      return name.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(words[0])) ? 2 : 3;
    }

    function find() {
      const wanted = input.value.trim().toLowerCase();
      const words = wanted.split(/\s+/);
      const fitting = wanted ? labels.filter((label) => words.every((word) => label.toLowerCase().includes(word))) : [];
      found = fitting.map((label) => [rank(label, wanted, words), label]).sort(([one], [other]) => one - other).map(([, label]) => label);
      active = 0;
      tell(count, wanted ? "explain.search_found" : "", { count: found.length });
      list.replaceChildren(...found.slice(0, MOST_FOUND).map((label, place) => {
        const option = make("li", { role: "option", id: `${id}-${place}`, onpointerdown: (event) => event.preventDefault(), onclick: () => pick(label) });
        tell(option, `class.${label}|${label}`);
        return option;
      }));
      if (wanted && (!found.length || found.length > MOST_FOUND)) list.append(rest());
      mark(Boolean(wanted));
    }

    // What is not on the list.
    function rest() {
      const line = make("li", { class: "cd-quiet", role: "presentation" });
      tell(line, found.length ? "explain.search_more" : "explain.search_none", { count: found.length - MOST_FOUND });
      return line;
    }

    function mark(open) {
      list.hidden = !open;
      input.setAttribute("aria-expanded", open);
      const options = list.querySelectorAll("[role=option]");
      for (const [place, option] of options.entries()) option.setAttribute("aria-selected", place === active);
      if (open && options.length) input.setAttribute("aria-activedescendant", options[active].id);
      else input.removeAttribute("aria-activedescendant");
    }

    function close() {
      mark(false);
    }

    function press(event) {
      const options = Math.min(found.length, MOST_FOUND);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape" && !list.hidden) close();
      else if (step && list.hidden) find();
      else if (step && options) {
        active = (active + step + options) % options;
        mark(true);
      } else if (event.key === "Enter" && !list.hidden && options) pick(found[active]);
      else return;
      event.preventDefault();
    }

    function pick(label) {
      if (![...select.options].some(({ value }) => value === label)) {
        const option = make("option", { value: label });
        tell(option, `class.${label}|${label}`);
        select.append(option);
      }
      input.value = label;
      close();
      select.value = label;
      select.dispatchEvent(new Event("change"));
    }

    // All classes of a model; there is nothing to search where all of them are on the list.
    function offer(all, listed) {
      field.hidden = all.length <= listed;
      const sorted = [...all].sort((one, other) => one.localeCompare(other, "en"));
      if (labels.join() === sorted.join()) return;
      labels = sorted;
      input.value = "";
      close();
    }

    close();
    return { field, offer };
  };

  convdemo.explainClassChoice = (labels) => labels.map((label) => [label, `class.${label}|${label}`]);

  // Stages as they are chosen from; those that have maps can be asked for alone.
  convdemo.explainStageChoice = (look, spatial) => look.stages
    .filter((stage) => stage.spatial || !spatial)
    .map(({ name, shape: [channels] }) => [name, "explain.why.stage_option", { ...convdemo.stageWords(name), channels }]);

  // The classes with the highest probabilities where there are too many for bars.
  convdemo.explainFew = (probabilities, most = 12) => {
    const labels = Object.keys(probabilities);
    return labels.length <= most ? labels : convdemo.ranked(probabilities).slice(0, most).map(([label]) => label);
  };

  // Whether the panel is seen; `onSeen` when it comes to be.
  convdemo.explainSeen = (root, onSeen) => {
    let seen = false;
    new IntersectionObserver((changes) => {
      seen = changes.at(-1).isIntersecting;
      if (seen) onSeen();
    }).observe(root);
    return () => seen;
  };

  // What a panel asks for, one thing at a time: `wanted` tells the payload, null for nothing. The answer is
  // shown if it is still what is wanted; what stands there for something else is aged until then.
  // `through` asks, as `call` does. What was stopped is asked for again by `.again()` of what is returned.
  convdemo.explainQuestion = ({ seen, serve, through = call, wanted, show, refuse, age, blank = () => {} }) => {
    let asked; // for what is shown or on its way, null for nothing
    const text = () => {
      const about = wanted();
      return about && JSON.stringify(about);
    };

    const ask = latest(async (stale) => {
      const about = text();
      if (!about) return;
      const reply = await through(serve, JSON.parse(about), () => stale() || about !== text());
      if (about !== text()) return;
      if (["busy", "offline"].includes(reply.problem)) asked = undefined; // can be asked for again
      if (reply.problem) refuse(reply);
      else show(reply);
    });

    function refresh() {
      const now = text();
      if (now === asked) return;
      asked = now ? undefined : null;
      if (!now) {
        blank();
        return;
      }
      age();
      if (!seen()) return;
      asked = now;
      ask();
    }

    function again() {
      asked = undefined;
      refresh();
    }

    return Object.assign(refresh, { again });
  };

  // Whether there is no answer because it was ended, here or by the same visitor's newer request.
  convdemo.explainEnded = ({ problem }) => ["explain_stopped", "explain_replaced"].includes(problem);

  // Work that may take longer than a moment: how far it is, how long it will take, and Stop. `run` is what
  // `call` is for it; the server ends it, too, once it is stale.
  convdemo.explainWork = (key, server) => {
    const EVERY = 300; // milliseconds between two looks
    const bar = convdemo.progress(key);
    const left = make("span");
    const stop = make("button", { type: "button", class: "cd-button", "data-say": "explain.stop", onclick: () => (ended = true) });
    const node = make("div", { class: "cd-quiet cd-explain-mark cd-explain-work" },
      make("span", { "data-say": key, role: "status" }), bar.node, make("div", { class: "cd-work-line" }, left, stop));
    let ended = false;
    let runs = 0; // begun: of two, the later one is shown
    node.hidden = true;

    function show({ share, left: seconds, waits }) {
      node.hidden = false;
      bar.show(share);
      const percent = Math.floor(100 * share);
      if (seconds === null) tell(left, waits ? "explain.in_line" : "");
      else tell(left, "explain.left", { percent, seconds: Math.max(1, Math.ceil(seconds)) });
    }

    async function run(serve, payload, stale = () => false) {
      const own = ++runs;
      ended = false;
      let reply = await call(serve, payload, stale);
      let asked = false; // to end
      while (reply.going) {
        const { going } = reply;
        if (own === runs) show(reply);
        if (!asked && (stale() || (ended && own === runs))) {
          asked = true;
          await call(server.stop_working, { going });
        } else await new Promise((resolve) => setTimeout(resolve, EVERY));
        reply = await call(server.working, { going });
      }
      if (own === runs) node.hidden = true;
      return reply;
    }

    return { node, run };
  };

  // A mark that something takes longer than a moment: a sentence, and a bar that goes as fast as it took
  // the last time. `usual` are the seconds before there was one.
  convdemo.explainMark = (key, usual) => {
    const fill = make("span", { class: "cd-mark-fill" });
    const words = make("span");
    const node = make("p", { class: "cd-quiet cd-explain-mark", role: "status" },
      words, make("span", { class: "cd-mark-track", "aria-hidden": "true" }, fill));
    let [started, waiting] = [0, null];
    node.hidden = true;

    function begin() {
      clearTimeout(waiting);
      started = performance.now();
      waiting = setTimeout(() => {
        tell(words, key, { seconds: Math.max(1, Math.round(usual)) });
        node.hidden = false;
        fill.animate([{ transform: "scaleX(0)" }, { transform: "scaleX(0.95)" }],
          { duration: 1000 * usual, easing: "ease-out", fill: "forwards" });
      }, MOMENT);
    }

    function end(done = true) {
      clearTimeout(waiting);
      if (done && started) usual = (performance.now() - started) / 1000;
      started = 0;
      node.hidden = true;
    }

    return { node, begin, end };
  };
})();
