// What the lessons share: their head, their fields, how they ask, and how numbers are written.
(() => {
  const { make, tell, retell, call, latest } = convdemo;
  const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

  const powerOfTen = (power) => `10${[...String(power)].map((one) => RAISED[one]).join("")}`;

  // A number with so many places; what would be all zeros or too long is written with a power of ten.
  const figure = (value, places = 3) => {
    const size = Math.abs(value);
    if (size >= 1e6 || (size > 0 && size < 0.5 * 10 ** -places)) {
      const [digits, power] = value.toExponential(1).split("e");
      return `${digits.replace("-", "−")}×${powerOfTen(Number(power))}`;
    }
    return value.toFixed(size >= 1000 ? 0 : places).replace("-", "−");
  };

  // The same in brackets below zero, for the middle of a formula.
  const bracketed = (value, places) => (value < 0 ? `(${figure(value, places)})` : figure(value, places));

  // w1 as it is printed in books.
  const named = (name) => name.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

  convdemo.lessonText = { figure, bracketed, named, powerOfTen };

  // The head of a lesson, its controls on the left, what they do on the right, one line for what is wrong.
  convdemo.lesson = (root, name, { server, serve, payload, show, coded = true, onRefuse = () => {} }) => {
    const status = make("p", { class: "cd-words cd-lesson-status", role: "status", "aria-live": "polite" });
    const controls = make("div", { class: "cd-lesson-controls" });
    const stage = make("div", { class: "cd-lesson-stage" });
    const below = make("div");
    root.append(make("h2", { "data-say": `lessons.${name}.title` }), make("p", { class: "cd-quiet cd-lesson-lead", "data-say": `lessons.${name}.lead` }),
      make("div", { class: "cd-lesson-body" }, controls, make("div", { class: "cd-lesson-right" }, status, stage)), below);
    const code = coded ? convdemo.code(below, "lessons.code") : null;

    function refuse({ problem, values }) {
      stage.classList.add("cd-old");
      retell(status, `problem.${problem}`, values);
      onRefuse(problem);
    }

    const ask = latest(async (stale) => {
      const waiting = setTimeout(() => retell(status, "lessons.working"), 1000);
      const reply = await call(server[serve], payload(), stale);
      clearTimeout(waiting);
      if (stale()) return;
      if (reply.problem) {
        refuse(reply);
        return;
      }
      retell(status, "");
      stage.classList.remove("cd-old");
      code?.show(reply.code);
      show(reply);
    });

    return { controls, stage, status, below, ask, refuse };
  };

  // A field for a number. What is no number, or out of bounds, is said and not sent.
  convdemo.lessonField = ({ key, values, low, high, step = 0.1, value, onChange }) => {
    const input = make("input", { class: "cd-select cd-number", type: "number", min: low, max: high, step, inputmode: "decimal" });
    const wrong = make("span", { class: "cd-field-wrong", role: "alert" });
    const name = make("span");
    const field = make("label", { class: "cd-field cd-lesson-field" }, name, input, wrong);
    tell(name, key, values);
    let kept = value;
    input.value = value;

    const fits = (number) => input.value !== "" && number >= low && number <= high && (step !== 1 || Number.isInteger(number));

    function read() {
      const number = Number(input.value);
      const good = fits(number);
      input.setAttribute("aria-invalid", !good);
      retell(wrong, good ? "" : step === 1 ? "lessons.bounds_whole" : "lessons.bounds", { low: String(low).replace("-", "−"), high });
      if (!good || number === kept) return;
      kept = number;
      onChange(kept);
    }

    input.addEventListener("input", read);
    input.addEventListener("change", () => { // when the field is left, what counts stands in it
      if (fits(Number(input.value))) return;
      input.value = kept;
      read();
    });
    return {
      field, input,
      // Another value, without anybody being told.
      set: (next) => {
        kept = next;
        input.value = next;
        read();
      },
      get value() { return kept; },
    };
  };

  // A slider that shows its value; `text` writes it, `scale` makes it of the slider's place.
  convdemo.lessonSlider = ({ key, low, high, step, value, text = figure, scale = (place) => place, onChange }) => {
    const range = make("input", { type: "range", min: low, max: high, step, value });
    const output = make("output");
    const field = make("label", { class: "cd-slider" }, make("span", { "data-say": key }), output, range);

    function show() {
      output.textContent = text(scale(Number(range.value)));
      range.setAttribute("aria-valuetext", output.textContent);
    }

    range.addEventListener("input", () => {
      show();
      onChange();
    });
    show();
    return {
      field, range,
      set: (place) => {
        range.value = place;
        show();
      },
      get value() { return scale(Number(range.value)); },
    };
  };

  // A list to choose from, of [value, key, values of the string].
  convdemo.lessonPicker = (key, entries, onChange) => {
    const select = make("select", { class: "cd-select", onchange: () => onChange(select.value) });
    select.append(...entries.map(([value, name, gaps]) => make("option", { value, "data-say": name, "data-say-values": gaps && JSON.stringify(gaps) })));
    return { field: make("label", { class: "cd-field" }, make("span", { "data-say": key }), select), select };
  };

  // Buttons of which one is pressed, of [value, key].
  convdemo.lessonSegments = (key, entries, onChange) => {
    const buttons = entries.map(([value, name]) => make("button", { type: "button", class: "cd-button", value, "data-say": name, onclick: () => choose(value) }));
    let chosen = entries[0][0];

    function mark() {
      for (const button of buttons) button.setAttribute("aria-pressed", button.value === chosen);
    }

    function choose(value) {
      chosen = value;
      mark();
      onChange(value);
    }

    mark();
    const group = make("div", { class: "cd-chips", role: "group", "data-say-label": key }, ...buttons);
    return { field: group, get value() { return chosen; } };
  };

  convdemo.lessonMore = (...children) => make("details", { class: "cd-fold" }, make("summary", { "data-say": "lessons.more" }),
    make("div", { class: "cd-fold-content" }, ...children));

  convdemo.lessonButton = (key, onclick, attributes = {}) =>
    make("button", { type: "button", class: "cd-button", "data-say": key, onclick, ...attributes });

  // A table of rows; a cell is text, a node, or [key, values].
  convdemo.lessonTable = (label, head, rows) => {
    const cell = (tag, content) => {
      const node = make(tag, tag === "th" ? { scope: "col" } : {});
      if (Array.isArray(content)) tell(node, ...content);
      else node.append(content);
      return node;
    };
    return convdemo.scrolling(label,
      make("table", { class: "cd-lesson-table" },
        make("thead", {}, make("tr", {}, ...head.map((one) => cell(one ? "th" : "td", one)))),
        make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((one) => cell("td", one)))))));
  };

  // Arrow keys among the controls of a group: which of them is next.
  convdemo.lessonArrows = (group, move) => group.addEventListener("keydown", (event) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(...way);
  });
})();
