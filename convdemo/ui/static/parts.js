// Parts that several tabs have: bars, examples, models in words, pixels, the code.
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

  // A row of examples to click; `onPick` gets the name of one.
  convdemo.examples = (root, examples, onPick) => {
    for (const [place, { name, image }] of examples.entries()) {
      const button = make("button", { type: "button", class: "cd-example", onclick: () => onPick(name) },
        make("img", { src: image, alt: "" }));
      tell(button, "picture.example", { number: place + 1 }, "sayLabel");
      root.append(button);
    }
  };

  // A canvas that shows {width, height, bytes} pixel by pixel.
  convdemo.pixels = (label) => {
    const canvas = make("canvas", { class: "cd-pixels", width: 28, height: 28, role: "img", "data-say-label": label });
    const context = canvas.getContext("2d");

    function show({ width, height, bytes }) {
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      const greys = atob(bytes);
      const image = context.createImageData(width, height);
      for (let i = 0; i < greys.length; i++) {
        image.data.fill(greys.charCodeAt(i), 4 * i, 4 * i + 3);
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    }

    return { canvas, show, clear: () => context.clearRect(0, 0, canvas.width, canvas.height) };
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
