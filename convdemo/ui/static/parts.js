// The parts that both tabs have: the answer with its bars, the steps, the code, the model picker.
(() => {
  const { make, tell, percent, share: counted, count, named } = convdemo;

  // Ten bars at fixed places. `show` takes {class: probability}, or an empty object, and the class to
  // stand out, if one does.
  convdemo.bars = (root, { small = false } = {}) => {
    const list = make("ol", { class: small ? "cd-bars cd-small" : "cd-bars", role: "list" });
    list.setAttribute("data-say-label", "answer.bars");
    root.append(list);
    let rows = [];

    function build(classes) {
      rows = classes.map((label) => {
        const name = make("span", { class: "cd-bar-name" });
        const fill = make("span", { class: "cd-bar-fill" });
        const number = make("span", { class: "cd-bar-number" }, "");
        const row = make("li", { "data-class": label }, name,
          make("span", { class: "cd-bar-track", "aria-hidden": "true" }, fill), number);
        tell(name, `class.${label}|${label}`);
        return { label, row, fill, number };
      });
      list.replaceChildren(...rows.map(({ row }) => row));
      convdemo.speak(root);
    }

    function show(probabilities, winner = null) {
      for (const { label, row, fill, number } of rows) {
        const share = probabilities[label];
        fill.style.transform = `scaleX(${(share ?? 0).toFixed(4)})`;
        number.textContent = share === undefined ? "" : percent(share);
        row.classList.toggle("cd-winner", label === winner);
      }
      list.ariaBusy = "false";
    }

    // What they say next is on its way.
    function wait() {
      show({});
      list.ariaBusy = "true";
    }

    return { build, show, wait };
  };

  // What may be wider than its place scrolls in a box, by keys as well; `label` is the key of what is in it.
  convdemo.scrolling = (label, ...children) =>
    make("div", { class: "cd-scroll", tabindex: "0", role: "group", "data-say-label": label }, ...children);

  // A bar that fills up; `label` is the key of what it shows, `show` takes a share.
  convdemo.progress = (label) => {
    const fill = make("span", { class: "cd-progress-fill" });
    const node = make("div", {
      class: "cd-progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "data-say-label": label,
    }, fill);

    function show(share) {
      fill.style.transform = `scaleX(${share.toFixed(4)})`;
      node.setAttribute("aria-valuenow", Math.round(share * 100));
    }

    return { node, show };
  };

  // Labels and their shares, the likeliest first.
  convdemo.ranked = (probabilities) =>
    Object.entries(probabilities).sort((one, other) => other[1] - one[1]);

  function inWords(ranked) {
    const [first, second, third] = ranked.map(([label]) => named(label));
    const top = ranked[0][1];
    if (top >= 0.95) return ["answer.sure", { first }];
    if (top >= 0.7) return ["answer.likely", { first }];
    if (top + ranked[1][1] >= 0.7) return ["answer.perhaps", { first, second }];
    return ["answer.unsure", { first, second, third }];
  }

  // The answer: the winner, how sure in words, the bars, the model and how good it is.
  // `job` is "digits" or "clothes"; `between` goes between the verdict and the bars.
  convdemo.answer = (root, { job, between = "", onModel }) => {
    const winner = make("div", { class: "cd-winner-name" });
    const words = make("p", { class: "cd-words", role: "status", "aria-live": "polite" });
    const more = make("p", { class: "cd-quiet cd-more" });
    const picker = make("select", { class: "cd-select", onchange: () => choose(picker.value) });
    const line = make("p", { class: "cd-quiet" });
    const took = make("p", { class: "cd-quiet" });
    const holder = make("div");
    root.append(
      make("div", { class: "cd-verdict" }, winner, make("div", {}, words, more)),
      between, holder,
      make("label", { class: "cd-field" }, make("span", { "data-say": "answer.model" }), picker),
      line, took, make("p", { class: "cd-quiet", "data-say": "answer.honest" }),
    );
    const bars = convdemo.bars(holder);
    let models = [];
    let chosen = null;

    function choose(name) {
      const model = models.find((entry) => entry.name === name);
      if (!chosen || chosen.classes.join() !== model.classes.join()) bars.build(model.classes);
      chosen = model;
      tell(line, ...convdemo.modelLine(model));
      onModel(name);
    }

    // The first one is chosen, unless another one has been and is still there.
    function setModels(entries) {
      const before = chosen?.name;
      models = entries;
      picker.replaceChildren(...entries.map(convdemo.modelOption));
      const kept = entries.find(({ name }) => name === before) ?? entries[0];
      if (!kept) return;
      picker.value = kept.name;
      if (kept.name !== before) choose(kept.name);
    }

    function show(reply) {
      const ranked = convdemo.ranked(reply.probabilities);
      bars.show(reply.probabilities, reply.label);
      const milliseconds = (reply.seconds * 1000).toFixed(reply.seconds < 0.1 ? 1 : 0);
      tell(took, reply.notice === "empty" ? "" : "answer.seconds", { milliseconds });
      if (["unknown", "several"].includes(reply.notice)) tell(more, `answer.${job}.${reply.notice}_more`);
      else tell(more, reply.note ? `note.${reply.note}` : "");
      if (reply.notice) {
        tell(winner, "");
        tell(words, `answer.${job}.${reply.notice}`);
        return;
      }
      tell(winner, `class.${ranked[0][0]}|${ranked[0][0]}`);
      tell(words, ...inWords(ranked));
    }

    // A sentence in place of an answer: {problem, values} from Python, or a key of our own.
    function showSentence(key, values = {}) {
      bars.show({});
      tell(winner, "");
      tell(more, "");
      tell(took, "");
      tell(words, key, values);
    }

    // While what is to be read is on its way.
    function wait(key) {
      showSentence(key);
      bars.wait();
    }

    showSentence("");
    return { show, showSentence, wait, setModels, get model() { return chosen?.name ?? null; } };
  };

  // How good a model is, as [key, values]: on its test set, or on what validated where there was none.
  convdemo.modelLine = (model, dataset = `dataset.${model.dataset}|${model.dataset}`) => {
    const values = { dataset: `@${dataset}`, parameters: count(model.parameters) };
    if (model.accuracy !== null) return ["answer.model_line", { ...values, accuracy: counted(model.accuracy, 1) }];
    return ["answer.model_line_validation", { ...values, accuracy: counted(model.validation_accuracy, 1), photos: model.validated ?? "–" }];
  };

  function optionKey({ accuracy, validation_accuracy: validated }) {
    if (accuracy !== null) return "answer.option";
    return validated === null ? "answer.option_unmeasured" : "answer.option_validation";
  }

  convdemo.modelOption = (model) => make("option", {
    value: model.name,
    "data-say": optionKey(model),
    "data-say-values": JSON.stringify({
      name: model.name, accuracy: counted(model.accuracy ?? model.validation_accuracy ?? 0, 1), parameters: count(model.parameters),
    }),
  });

  // The strip of steps: a click leaves a step out or puts it back.
  convdemo.steps = (root, { job, onChange }) => {
    const strip = make("div", { class: "cd-steps" });
    root.append(strip);
    const skipped = new Set();
    let buttons = new Map();

    function build(steps) {
      buttons = new Map(steps.map(({ name }) => {
        const image = make("img", { alt: "" });
        const caption = make("span", { class: "cd-step-name" });
        const reads = make("span", { class: "cd-step-reads" });
        const button = make("button", { type: "button", class: "cd-step", onclick: () => toggle(name) },
          make("span", { class: "cd-step-picture" }, image), caption, " ", reads);
        const key = `step.${job}.${name}`;
        tell(caption, key);
        tell(button, `${key}.why`, null, "sayTip");
        return [name, { button, image, reads }];
      }));
      strip.replaceChildren(...[...buttons.values()].map(({ button }) => button));
    }

    function toggle(name) {
      if (!skipped.delete(name)) skipped.add(name);
      buttons.get(name).button.setAttribute("aria-pressed", !skipped.has(name));
      onChange();
    }

    function show(steps) {
      const names = steps.map(({ name }) => name).join();
      if (names !== [...buttons.keys()].join()) build(steps);
      for (const { name, image, active, label, probability } of steps) {
        const { button, image: picture, reads } = buttons.get(name);
        picture.src = image;
        button.setAttribute("aria-pressed", active);
        if (!active) tell(reads, "steps.off");
        else if (label === null) tell(reads, "");
        else tell(reads, "steps.reads", { label: named(label), percent: percent(probability) });
      }
    }

    const clear = () => strip.classList.add("cd-stale");
    return {
      show: (steps) => {
        strip.classList.remove("cd-stale");
        show(steps);
      },
      clear,
      get skipped() { return [...skipped]; },
    };
  };

  // A row of examples to click; `onPick` gets the name of one.
  convdemo.examples = (root, examples, onPick) => {
    for (const [place, { name, image }] of examples.entries()) {
      const button = make("button", { type: "button", class: "cd-example", onclick: () => onPick(name) },
        make("img", { src: image, alt: "" }));
      tell(button, "picture.example", { number: place + 1 }, "sayLabel");
      root.append(button);
    }
  };

  // Asks for the models of a tab, now and whenever one was added: its picker gets them, and `onModels`.
  // Tells whether there is any; the answer says so where there is none.
  convdemo.shelf = (server, answer, onModels = () => {}) => {
    let there = false;

    async function ask() {
      const { models, problem, values } = await convdemo.call(server.shelf, {});
      there = Boolean(models?.length);
      if (!there) {
        answer.showSentence(`problem.${problem ?? "no_models"}`, values);
        return there;
      }
      answer.setModels(models);
      onModels(models);
      return there;
    }

    document.addEventListener("convdemo:shelf", () => there && ask());
    return ask;
  };

  // The fold with Python code and its button.
  convdemo.code = (root, title = "code.title") => {
    const text = make("code");
    const button = make("button", { type: "button", class: "cd-button", "data-say": "code.copy", onclick: copy });
    root.append(make("details", { class: "cd-code" },
      make("summary", { "data-say": title }), button, make("pre", { tabindex: "0" }, text)));

    async function copy() {
      try {
        await navigator.clipboard.writeText(text.textContent);
      } catch {
        // Without a secure context there is no clipboard to write to: select it, Ctrl+C does the rest.
        getSelection().selectAllChildren(text);
        return;
      }
      tell(button, "code.copied");
      setTimeout(() => tell(button, "code.copy"), 1500);
    }

    return { show: (code) => (text.textContent = code) };
  };
})();
