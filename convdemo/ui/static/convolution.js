// The Convolution tab: what is set is sent to Python, which works it out once; the playing is drawn here.
convdemo.convolution = ({ element, props, server, upload }) => {
  const { make, tell, retell, call, latest } = convdemo;
  const find = (role) => element.querySelector(`[data-role=${role}]`);

  let state = convdemo.benchPreset("edges");
  let picture = { example: props.photos[0].name, job: props.photos[0].job }; // on the bench and as a whole
  let reading = null;
  let ready = false;
  let begun = true; // a preset or a picture has just been chosen
  let before = null; // what stood there before a picture that may not be readable

  const settings = convdemo.benchSettings(find("settings"), find("more"), { kinds: props.kinds, modes: props.modes, onChange: changed });
  find("kind").append(settings.kind);
  const input = convdemo.benchInput(find, { sources: props.sources, onInput: fill, onShape: changed });
  const weights = convdemo.benchWeights(find("weights"), {
    kernels: props.kernels,
    onSize: (size) => (state.kernel = [...size]),
    onChange: () => ask(),
  });
  const player = convdemo.benchPlayer(find("player"), { onMove: draw });
  const output = convdemo.benchOutput(find("output"), find("output-legend"), { onPick: pick, onKey: walk });
  const cell = convdemo.benchCell(find("cell"));
  const formula = convdemo.benchFormula(find("formula"), { element });
  const lines = convdemo.benchLines(find("lines"));
  const code = convdemo.code(find("code"), "convolution.code");
  const beside = convdemo.benchBeside(find("beside"), { onChange: () => ask() });
  const flatKernel = () => (reading?.dims === 2 && !reading.pool ? weights.kernel : null);
  const photo = convdemo.benchPhoto(find("photo"), { server, kernel: flatKernel, picture: () => picture });
  const learned = convdemo.benchLearned(find("learned"), { server, kernel: flatKernel });
  const stack = convdemo.benchStack(find("stack"), { server });

  const ask = latest(async (stale) => {
    fields();
    const asked = {
      settings: convdemo.benchAsked(state), input: state.input, filters: weights.entries, biases: weights.biases, window: beside.window,
    };
    const old = setTimeout(() => element.classList.add("cd-bench-old"), 300);
    const reply = await call(server.bench, asked, stale);
    clearTimeout(old);
    if (stale()) return;
    // What cannot be leaves the last good picture, dimmed.
    element.classList.toggle("cd-bench-old", Boolean(reply.problem) && !before);
    const said = reply.problem ? { key: `problem.${reply.problem}`, values: reply.values } : reply.cells?.note;
    retell(find("status"), said?.key ?? "", said?.values);
    if (!reply.problem) show(reply);
    else if (before) putBack();
    else player.pause();
    before = null;
  });

  // The picture cannot be read: what is shown is still what is set.
  function putBack() {
    ({ state, picture } = before);
    weights.use(before.entries, before.biases);
    fields();
  }

  function show(reply) {
    formula.show(reply);
    lines.show(reply);
    find("shape").textContent = `${[reply.settings.channels, ...reply.settings.size].join(" × ")} → ${reply.output_shape.join(" × ")}`;
    element.classList.toggle("cd-bench-large", !reply.cells);
    if (!reply.cells) {
      reading = null;
      player.use(0);
      tell(find("now"), "convolution.large", { ...reply.large, numbers: convdemo.grouped(reply.large.numbers), most: convdemo.grouped(reply.large.most) });
      tell(find("check"), "");
      code.show(reply.pytorch);
      return askPanels();
    }
    reading = convdemo.benchReading(reply);
    if (reply.cells.filters) weights.show(reply.cells.filters, reply.settings);
    find("kernel").hidden = !reply.cells.filters;
    input.show(state, reply, reading);
    player.use(reading.count, begun ? reading.strongest() : null);
    begun = false;
    output.show(reply, reading, player.filled);
    beside.show(reply);
    code.show(reply.cells.code);
    tellCheck(reply.cells.difference);
    draw();
    return askPanels();
  }

  function askPanels() {
    photo.ask();
    learned.ask();
  }

  function tellCheck(difference) {
    const wrong = difference > 1e-6;
    find("check").classList.toggle("cd-trouble", wrong);
    tell(find("check"), wrong ? "convolution.differs" : "convolution.equals", { difference: convdemo.benchFigure(difference, 2) });
  }

  const filter = () => Math.min(reading.pool ? pooled : weights.filter, reading.filters - 1);
  let pooled = 0; // the channel of a pool that is looked at

  function draw() {
    if (!reading) return;
    const found = reading.cell(filter(), player.at);
    input.window(found);
    output.draw(found, player.filled);
    cell.show(found, reading, player.playing);
    tell(find("now"), "convolution.now", { at: player.at + 1, count: reading.count });
  }

  function pick(plane, place) {
    if (!reading) return;
    if (reading.pool) pooled = plane;
    else if (plane !== weights.filter) {
      weights.choose(plane);
      askPanels();
    }
    player.choose(reading.flat(place, reading.out));
  }

  function walk(event) {
    if (!reading) return;
    const next = convdemo.benchArrow(event, player.at, reading.out);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation(); // it is not a step as well
    player.choose(next);
  }

  // The fields show the state, and the state keeps what is typed, right or wrong.
  function fields() {
    for (const button of find("dims").children) button.setAttribute("aria-pressed", Number(button.value) === state.dims);
    settings.show(state);
    input.fields(state);
    find("pictures").hidden = state.dims !== 2;
    find("clip-hint").hidden = state.dims !== 3;
    find("ways").hidden = state.dims === 1;
    ways.several = state.dims === 3;
    // A camera and a clipboard give one picture, a block needs several.
    for (const button of find("ways").querySelectorAll("button")) button.hidden = state.dims === 3 && button.dataset.say !== "picture.upload";
  }

  function changed(name) {
    settings.read(state);
    input.read(state);
    state = convdemo.benchMended(state, name);
    ask();
  }

  function fill(given) {
    state.input = given;
    ask();
  }

  function start(preset) {
    ways.forget();
    taken++;
    player.pause();
    [state, begun] = [preset, true];
    weights.use(state.kernels);
    ask();
  }

  let taken = 0;

  // A picture, or in 3D a clip or several pictures: these say first how many frames there are.
  async function take(chosen) {
    ways.forget();
    const turn = ++taken;
    if (state.dims === 3 && (chosen.upload || chosen.uploads)) {
      const { frames, problem, values } = await call(server.clip, chosen);
      if (turn !== taken) return;
      if (problem) return say(`problem.${problem}`, values);
      return takeBlock(chosen, Math.min(frames, props.most_pictures));
    }
    return takePlane(chosen);
  }

  // As many cells as are drawn one by one.
  function takeBlock(chosen, frames) {
    const side = Math.max(state.channels, state.filters) > 2 ? 11 : 16;
    state.size = [frames, side, side];
    state.kernel = state.kernel.map((one, axis) => Math.min(one, state.size[axis]));
    if (state.dilation[0] * (state.kernel[0] - 1) >= frames) state.dilation[0] = 1;
    begun = true;
    fill(chosen);
  }

  function takePlane(chosen) {
    before ??= { state: { ...state }, picture, entries: weights.entries, biases: weights.biases };
    if (!chosen.ink) picture = chosen;
    if (state.dims !== 2) {
      state = convdemo.benchPreset("edges");
      weights.use(state.kernels);
    }
    if (state.size.some((size) => !(size >= 14 && size <= 28))) state.size = [16, 16];
    begun = true;
    fill(chosen);
  }

  for (const dims of [1, 2, 3]) {
    find("dims").append(make("button", {
      type: "button", value: dims, "data-say": "convolution.dims_value", "data-say-values": JSON.stringify({ dims }),
      onclick: () => start(convdemo.benchPreset(["signal", "edges", "motion"][dims - 1])),
    }));
  }
  for (const name of convdemo.benchPresets) {
    find("presets").append(make("button", {
      type: "button", class: "cd-button", value: name, "data-say": `convolution.preset.${name}`, "data-say-tip": `convolution.preset.${name}.why`,
      onclick: () => start(convdemo.benchPreset(name)),
    }));
  }
  for (const [place, { name, job, image }] of props.photos.entries()) {
    const button = make("button", { type: "button", class: "cd-example", onclick: () => take({ example: name, job }) }, make("img", { src: image, alt: "" }));
    tell(button, "picture.example", { number: place + 1 }, "sayLabel");
    find("photos").append(button);
  }
  const say = (key, values) => retell(find("status"), key, values);
  const ways = convdemo.pictureInput({
    element, upload, toolbar: find("ways"), area: element.querySelector(".cd-bench-input"),
    onWait: () => say("picture.reading"), onSentence: (key) => say(key), onPicture: take,
    onPictures: (uploads, count) => take({ uploads, count }), most: props.most_pictures,
  });
  find("drawing").addEventListener("click", () => {
    const ink = convdemo.ink?.();
    if (ink) take({ ink });
    else say("answer.digits.empty");
  });

  document.addEventListener("keydown", (event) => {
    if (!ready || !convdemo.listening(element) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.activeElement !== document.body && !element.contains(document.activeElement)) return;
    const active = document.activeElement?.closest("button, summary, a, [role=tab], [tabindex]:not([data-role])");
    if (event.key === " " && !active) player.toggle();
    else if (["ArrowLeft", "ArrowRight"].includes(event.key) && document.activeElement !== find("input") && !document.activeElement?.closest("[role=tab], .cd-scroll, .cd-pad")) {
      player.step(event.key === "ArrowRight" ? 1 : -1);
    } else return;
    event.preventDefault();
  });

  // Only for those who open the tab.
  new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting || ready) return;
    ready = true;
    weights.use(state.kernels);
    stack.begin();
    ask();
  }).observe(element);
  convdemo.speak(element);
};
