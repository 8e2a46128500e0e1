// A cell of a map: how it is pointed at, and the part of the input that it looks at.
(() => {
  const { make, tell } = convdemo;
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  // A mouse that passes shows cells; a click, a finger or an arrow keeps one, another click on it lets
  // go of it: then the mouse can leave for the numbers below. `at` is [row, column].
  convdemo.pointedCell = (area, mark, { onCell }) => {
    let [height, width] = [0, 0];
    let at = null;
    let kept = false;

    function show() {
      mark.hidden = !at;
      mark.classList.toggle("cd-kept", kept);
      if (!at) return;
      mark.style.top = `${(at[0] / height) * 100}%`;
      mark.style.left = `${(at[1] / width) * 100}%`;
      mark.style.height = `${100 / height}%`;
      mark.style.width = `${100 / width}%`;
    }

    function go(next, keep) {
      kept = keep;
      const moved = next.join() !== at?.join();
      at = next;
      show();
      if (moved) onCell();
    }

    function under(event) {
      const box = area.getBoundingClientRect();
      const inside = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
      return [inside((event.clientY - box.top) / box.height, height), inside((event.clientX - box.left) / box.width, width)];
    }

    area.addEventListener("pointermove", (event) => {
      if (height && !kept && event.pointerType === "mouse") go(under(event), false);
    });
    area.addEventListener("click", (event) => {
      if (!height) return;
      const next = under(event);
      go(next, !(kept && next.join() === at.join()));
    });
    area.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step || !at || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const next = [at[0] + step[0], at[1] + step[1]];
      if (next[0] >= 0 && next[1] >= 0 && next[0] < height && next[1] < width) go(next, true);
    });

    return {
      // Another map; a cell that was kept stays where it is there, too, otherwise `first` is shown.
      use(rows, columns, first) {
        const stays = kept && at && rows === height && columns === width;
        [height, width] = [rows, columns];
        kept = Boolean(stays);
        at = stays ? at : first;
        show();
        onCell();
      },
      clear() {
        height = width = 0;
        at = null;
        kept = false;
        show();
      },
      get at() { return at; },
    };
  };

  // The input with the receptive field of a cell: dashed what it can depend on at all, solid what it
  // does depend on here.
  convdemo.inputField = (node) => {
    node.className = "cd-field-column";
    const image = make("img", { "data-say-label": "explain.field_alt" });
    const heat = make("img", { class: "cd-field-heat", alt: "" });
    const drawing = make("svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
    const frame = make("div", { class: "cd-field-frame" }, image, heat, drawing);
    const [widest, inner] = ["cd-widest", "cd-inner"].map((name) => make("p", { class: `cd-field-key ${name}` }));
    const box = make("input", { type: "checkbox", onchange: () => showHeat() });
    const label = make("label", { class: "cd-check" }, box, make("span", { "data-say": "explain.heat" }));
    node.append(make("figure", {}, frame, make("figcaption", {}, widest, inner, label)));
    let [height, width] = [1, 1];
    let reply = null;

    const rectangle = ([top, left, bottom, right], name) =>
      make("rect", { x: left, y: top, width: right - left, height: bottom - top, class: name });

    function showHeat() {
      heat.hidden = !reply || !box.checked;
      if (reply) heat.src = reply.strength;
    }

    const size = ([top, left, bottom, right]) => ({ height: bottom - top, width: right - left });
    const sees = ([top, , bottom]) => bottom > top;

    return {
      node,
      use(look) {
        [, height, width] = look.input_size;
        image.src = look.input;
        frame.style.setProperty("--shape", width / height);
        frame.classList.toggle("cd-tiny", Math.max(height, width) < 100);
        drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
      },
      // What `cell` replied, null for none.
      show(found) {
        reply = found;
        showHeat();
        if (!found) {
          drawing.replaceChildren();
          tell(widest, "");
          tell(inner, "");
          return;
        }
        const { theoretical, effective } = found;
        // Dark lines below keep the light ones visible on any picture, and the dashes lie on top: where
        // both rectangles agree, both are to be seen.
        const boxes = [[effective, "cd-inner"], [theoretical, "cd-widest"]].filter(([box]) => sees(box));
        drawing.replaceChildren(...boxes.map(([box]) => rectangle(box, "cd-field-under")), ...boxes.map((box) => rectangle(...box)));
        tell(widest, "explain.field_widest", size(theoretical));
        tell(inner, sees(effective) ? "explain.field_inner" : "explain.field_nothing", size(effective));
      },
    };
  };
})();
