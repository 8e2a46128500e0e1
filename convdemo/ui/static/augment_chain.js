// A chain of classic techniques: what it begins with, its steps in their order, and what can be added.
(() => {
  const { make, tell, call, latest } = convdemo;
  const FIRST = "five_blocks"; // the preset that the visitor finds
  const OWN = "own";

  // What can be added: the ten techniques as pictures, and every technique by its name. `onAdd` gets
  // a step.
  convdemo.chainPalette = (root, { server, onAdd }) => {
    const full = make("p", { class: "cd-trouble", role: "status" });
    const lead = make("p", { class: "cd-quiet", "data-say": "augment.add_ten" });
    const ten = make("div", { class: "cd-ten", role: "group", "data-say-label": "augment.add_ten" });
    const all = make("div", { class: "cd-chips", role: "group", "data-say-label": "augment.add_all" });
    root.append(make("h2", { "data-say": "augment.add" }), full, lead, ten,
      make("p", { class: "cd-quiet", "data-say": "augment.add_all" }), all,
      make("p", { class: "cd-quiet", "data-say": "augment.resizes" }));
    let shown = new Map(); // {button, image, step} by the name of one of the ten
    let picture = null;
    let longest = Infinity;
    let count = 0;

    function entry(name, onclick, attributes, ...children) {
      const caption = make("span");
      const button = make("button", { type: "button", onclick, ...attributes }, ...children, caption);
      tell(caption, `augment.op.${name}`);
      tell(button, `augment.op.${name}.why`, null, "sayTip");
      tell(button, "augment.add_step", { step: `@augment.op.${name}` }, "sayLabel");
      return button;
    }

    function build(name) {
      const image = make("img", { alt: "", onload: () => image.classList.toggle("cd-coarse", image.naturalWidth < 64) });
      const one = { image, button: entry(name, () => onAdd({ ...one.step }), { class: "cd-ten-one" }, image), step: null };
      return [name, one];
    }

    // Each of the ten keeps its button, and with it the focus, from picture to picture.
    const ask = latest(async (stale) => {
      const about = picture;
      if (!about) return;
      const { techniques } = await call(server.techniques, about, stale);
      if (stale() || about !== picture || !techniques) return;
      if (techniques.map(({ name }) => name).join() !== [...shown.keys()].join()) {
        shown = new Map(techniques.map(({ name }) => build(name)));
        ten.replaceChildren(...[...shown.values()].map(({ button }) => button));
        limit(count);
      }
      for (const { name, image, step } of techniques) {
        const one = shown.get(name);
        one.step = step;
        one.image.src = image;
      }
      lead.hidden = ten.hidden = false;
    });

    // null for no picture.
    function use(wanted) {
      if (wanted === picture) return;
      picture = wanted;
      if (wanted) ask();
      else lead.hidden = ten.hidden = true;
    }

    function offer(techniques, most) {
      longest = most;
      all.replaceChildren(...techniques.map(({ name, settings }) => {
        const defaults = settings.map((one) => [one.name, one.default.length === 2 ? one.default : one.default[0]]);
        return entry(name, () => onAdd({ name, ...Object.fromEntries(defaults) }, true), { class: "cd-button" });
      }));
    }

    // How many steps the chain has now.
    function limit(steps) {
      count = steps;
      const most = count >= longest;
      for (const button of [...ten.children, ...all.children]) button.disabled = most;
      convdemo.retell(full, most ? "augment.add_full" : "", { longest });
    }

    lead.hidden = ten.hidden = true;
    return { offer, use, limit, focus: () => all.firstChild.focus() };
  };

  // The chain that is edited in `root` and begins in the pickers; `onChange` is called for another one.
  convdemo.augmentChain = (root, { presets, fills, server, onChange }) => {
    const list = make("ol", { class: "cd-chain-steps", "data-say-label": "augment.steps" });
    const none = make("p", { class: "cd-nothing", "data-say": "augment.steps_none" });
    const below = make("div", { class: "cd-palette" });
    root.append(make("h2", { "data-say": "augment.steps" }), make("p", { class: "cd-quiet", "data-say": "augment.steps_lead" }),
      list, none, below);
    const palette = convdemo.chainPalette(below, { server, onAdd: add });
    let options = null;
    let cards = [];
    let own = { chain: [], fill: "reflect" }; // what the visitor last made
    let chosen = null; // the preset, or OWN once it is changed
    let size = null; // of the picture

    const chain = () => cards.map(({ step }) => ({ ...step }));

    function card(step) {
      const technique = options.techniques.find(({ name }) => name === step.name);
      const one = convdemo.chainStep(technique, step, {
        onChange: edited,
        onMove: (by) => move(one, by),
        onRemove: () => remove(one),
      });
      return one;
    }

    // Each step is told its place, and none is called wrong before it is tried again.
    function arrange() {
      for (const [at, one] of cards.entries()) {
        one.place(at, cards.length);
        one.mark(false);
      }
      none.hidden = cards.length > 0;
      palette.limit(cards.length);
    }

    function edited() {
      own = { chain: chain(), fill: fills.field.value };
      choose(OWN);
      onChange();
    }

    // The other one is moved, so that the focus stays where it is.
    function move(one, by) {
      const at = cards.indexOf(one);
      const other = cards[at + by];
      if (by < 0) one.node.after(other.node);
      else one.node.before(other.node);
      [cards[at], cards[at + by]] = [other, one];
      arrange();
      edited();
    }

    function remove(one) {
      const at = cards.indexOf(one);
      cards.splice(at, 1);
      one.node.remove();
      arrange();
      const next = cards[at] ?? cards.at(-1);
      if (next) next.remove.focus();
      else palette.focus();
      edited();
    }

    // A crop with usual settings is not larger than what it cuts from.
    function fitted(step) {
      const { width, height } = [...cards].reverse().find((one) => "width" in one.step)?.step ?? size ?? {};
      if (step.name !== "crop" || !width) return step;
      return { ...step, width: Math.min(step.width, width), height: Math.min(step.height, height) };
    }

    function add(step, usual = false) {
      const one = card(usual ? fitted(step) : step);
      cards.push(one);
      list.append(one.node);
      arrange();
      edited();
    }

    function choose(name) {
      chosen = presets.field.value = name;
      tell(presets.why, `augment.preset.${name}.why`);
      tell(fills.why, `augment.fill.${fills.field.value}.why`);
    }

    function begin(name) {
      const preset = name === OWN ? own : options.presets[name];
      cards = preset.chain.map((step) => card({ ...step }));
      list.replaceChildren(...cards.map(({ node }) => node));
      fills.field.value = preset.fill;
      choose(name);
      arrange();
    }

    presets.field.addEventListener("change", () => {
      begin(presets.field.value);
      onChange();
    });
    fills.field.addEventListener("change", edited);

    function offer(given) {
      options = given;
      const entries = (names, kind) => names.map((name) => make("option", { value: name, "data-say": `augment.${kind}.${name}` }));
      presets.field.replaceChildren(...entries([...Object.keys(options.presets), OWN], "preset"));
      fills.field.replaceChildren(...entries(options.fills, "fill"));
      palette.offer(options.techniques, options.longest);
      begin(chosen ?? FIRST);
    }

    // The picture as it is asked for, and its {width, height} where that is known.
    function use(picture, known = null) {
      size = known;
      palette.use(picture);
    }

    return {
      offer, use,
      // The place of the step that cannot be applied, counted from 1; nothing for none.
      mark: (place) => cards.forEach((one, at) => one.mark(at + 1 === Number(place))), // a number or its text
      get asked() { return { chain: chain(), fill: fills.field.value }; },
    };
  };
})();
