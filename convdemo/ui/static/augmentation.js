// The Augment tab: a picture and a policy, or a chain of the visitor's own, on the left, what comes of
// it in the middle, told operation by operation, the policy's table or the chain's steps on the right.
convdemo.augmentation = ({ element, props, server, upload }) => {
  const { make, tell, call, latest, named, percent } = convdemo;
  const MODES = ["policy", "chain"];
  const find = (role) => element.querySelector(`[data-role=${role}]`);
  const area = find("area");
  const photo = area.querySelector("img");
  const [policy, seed] = ["policy", "seed"].map(find);

  let options = null;
  let picture = null; // {upload, name}, {example, job}, {sample, dataset}
  let mode = "policy";
  let count = 9;
  let shown = null; // {picture, asked, reply}: the tiles that are on the page, and for what
  let [sweep, trial] = [null, null]; // the panels below, once there are options

  const table = convdemo.policyView({
    table: find("table"), chart: find("chart"), column: find("policy-column"), below: find("below"), server,
  });
  const chain = convdemo.augmentChain(find("chain"), {
    presets: { field: find("preset"), why: find("preset-why") },
    fills: { field: find("fill"), why: find("fill-why") },
    server,
    onChange: changed,
  });
  const tiles = convdemo.augmentTiles(find("tiles"), { onPoint: table.point });
  const reader = convdemo.augmentReader(find("reader"), {
    onChange: () => {
      askReading();
      if (shown) sweep?.use(shown.picture, reader.chosen);
    },
  });
  const code = convdemo.code(find("code"), "augment.code");

  const how = () => (mode === "chain" ? chain.asked : { policy: policy.value });
  const asking = () => ({ ...picture, ...how(), n: count, seed: Number(seed.value) });

  const ask = latest(async (stale) => {
    if (!options || !picture) return;
    const about = picture;
    const asked = asking();
    const old = setTimeout(tiles.age, 150);
    const slow = setTimeout(() => showStatus("augment.working"), 1000); // as where a data set is read first
    const reply = await call(server.tiles, asked, stale);
    clearTimeout(old);
    clearTimeout(slow);
    // Tiles follow a slider of the chain while it is moved; else only the last ones are shown.
    const moving = stale() && mode === "chain" && asked.chain && !reply.problem;
    if ((stale() && !moving) || about !== picture) return;
    if (reply.problem) refuse(reply);
    else show(asked, reply, moving);
  });

  // While more tiles are on their way these are not read.
  function show(asked, reply, moving) {
    shown = { picture, asked, reply };
    const [width, height] = reply.size;
    photo.src = reply.original;
    photo.hidden = false;
    tell(find("size"), reply.note ? "augment.size_note" : "augment.size", { width, height, note: `@note.${reply.note}` });
    tell(find("label"), reply.label === null ? "" : "augment.label", { label: named(reply.label) });
    tiles.show(reply.tiles);
    table.use(reply.tiles);
    chain.mark();
    if (mode === "chain") chain.use(picture, { width, height });
    code.show(reply.code);
    find("png").disabled = find("json").disabled = false;
    if (moving) {
      tiles.expectReading(Boolean(reader.chosen));
      return;
    }
    askReading();
    sweep?.use(picture, reader.chosen);
  }

  // Nothing stays of the last picture, so that no tile stands beside another one.
  function blank() {
    shown = null;
    photo.hidden = true;
    tell(find("size"), "");
    tell(find("label"), "");
    tell(find("original"), "");
    tiles.clear();
    table.use([]);
    code.show("");
    find("png").disabled = find("json").disabled = true;
    sweep?.use(null, null);
  }

  function forget() {
    picture = null;
    blank();
    chain.mark();
    chain.use(null);
  }

  const showStatus = (key, values) => convdemo.retell(find("status"), key, values);

  // A server that is busy or gone says nothing about the picture: it can be asked again. Neither does
  // a chain that cannot be, but the tiles of another picture do not stay.
  function refuse({ problem, values }) {
    const chained = problem.startsWith("chain_");
    if (chained && shown?.picture !== picture) blank();
    else if (chained || ["busy", "offline"].includes(problem)) tiles.age();
    else forget();
    if (chained) {
      chain.mark(values.place);
      chain.use(picture);
    }
    showStatus(`problem.${problem}`, values);
  }

  // Reading takes longer than making the tiles: they are asked for one after the other, and only what
  // belongs to the tiles on the page is shown.
  const read = latest(async (stale) => {
    const about = shown;
    if (!about || !reader.chosen) return;
    const reply = await call(server.read, { ...about.asked, ...reader.chosen }, stale);
    if (stale() || shown !== about) return;
    if (reply.problem) {
      tiles.expectReading(false);
      showStatus(`problem.${reply.problem}`, reply.values);
      return;
    }
    tiles.showReading(reply.tiles);
    const { label, probability } = reply.original;
    const share = label === null ? {} : { percent: percent(probability) };
    const [key, values] = convdemo.readAs(reply.original, "augment.reads");
    tell(find("original"), key, { ...values, ...share });
    const flipped = reply.tiles.filter((one) => one.flipped).length;
    showStatus(flipped ? "augment.flips" : "augment.flips_none", { flipped, count: reply.tiles.length });
  });

  function askReading() {
    tell(find("original"), "");
    tiles.expectReading(Boolean(shown && reader.chosen));
    if (!shown) return;
    if (!reader.chosen) {
      showStatus("augment.made", { seconds: shown.reply.seconds.toFixed(2) });
      return;
    }
    showStatus("augment.reading");
    read();
  }

  // The treatment is another one.
  function changed() {
    trial?.use(how());
    ask();
  }

  function choosePolicy() {
    tell(find("why"), `augment.policy.${policy.value}.why`);
    table.choose(policy.value);
    changed();
  }

  function setMode(chosen) {
    mode = chosen;
    element.querySelector(".cd-augment").classList.toggle("cd-chained", mode === "chain");
    for (const button of find("modes").children) button.setAttribute("aria-pressed", button.value === mode);
    tell(find("heading"), mode === "chain" ? "augment.tiles_chain" : "augment.tiles");
    tell(find("try"), mode === "chain" ? "augment.try_chain" : "augment.try");
  }

  function chooseMode(chosen) {
    if (chosen === mode) return;
    setMode(chosen);
    changed();
  }

  function setCount(chosen) {
    count = chosen;
    for (const button of find("counts").children) button.setAttribute("aria-pressed", Number(button.value) === chosen);
  }

  function chooseCount(chosen) {
    setCount(chosen);
    ask();
  }

  function again() {
    if (!options) return;
    seed.value = Math.floor(Math.random() * (options.highest_seed + 1));
    ask();
  }

  function checkSeed() {
    seed.value = Math.min(options.highest_seed, Math.max(0, Math.round(Number(seed.value)) || 0));
    ask();
  }

  function take(chosen, jobName) {
    ways.forget();
    reader.fit(jobName);
    picture = chosen;
    ask();
  }

  const ways = convdemo.pictureInput({
    element,
    area,
    upload,
    toolbar: find("ways"),
    remove: find("clear"),
    onWait: () => {
      forget();
      showStatus("picture.reading");
    },
    onSentence: (key) => showStatus(key),
    onPicture: (sent) => {
      picture = sent;
      ask();
    },
    onClear: () => {
      forget();
      showStatus("answer.none");
    },
  });

  const pictures = convdemo.augmentPictures({
    rows: find("examples"), samples: find("samples"), examples: props.examples, onPick: take,
  });
  const fileName = ({ policy: name = "chain", seed: drawn, n }) => `augment-${name}-${drawn}-${n}`;

  find("png").addEventListener("click", () => convdemo.saveGrid(tiles.pictures, fileName(shown.asked)));
  find("json").addEventListener("click", () => convdemo.saveSettings(shown, fileName(shown.asked)));
  find("drawing").addEventListener("click", async () => {
    const drawn = await convdemo.drawing?.();
    if (!drawn) {
      showStatus("answer.digits.empty");
      return;
    }
    reader.fit("digits");
    ways.send(new File([drawn], "drawing.png"));
  });
  find("again").addEventListener("click", again);
  policy.addEventListener("change", choosePolicy);
  seed.addEventListener("change", checkSeed);
  document.addEventListener("keydown", (event) => {
    if (!convdemo.listening(element)) return;
    if (convdemo.shortcut(event) === "r") again();
  });

  const askOptions = latest(async () => {
    if (!options) showStatus("augment.working");
    const reply = await call(server.options, {});
    if (reply.problem) {
      if (!options) refuse(reply);
      return;
    }
    const first = !options;
    options = reply;
    reader.offer(options.models);
    if (first) begin();
  });

  function begin() {
    sweep = convdemo.augmentSweep?.(find("sweep"), { server, options });
    trial = convdemo.augmentTrial?.(find("trial"), { server, options });
    find("modes").replaceChildren(...MODES.map((name) => make("button", {
      type: "button", value: name, "data-say": `augment.how.${name}`, "data-say-tip": `augment.how.${name}.why`,
      onclick: () => chooseMode(name),
    })));
    pictures.offer(options.samples, options.samples_each);
    policy.replaceChildren(...options.policies.map((name) => make("option", { value: name, "data-say": `augment.policy.${name}` })));
    find("counts").replaceChildren(...options.counts.map((number) =>
      make("button", { type: "button", value: number, onclick: () => chooseCount(number) }, String(number))));
    seed.max = options.highest_seed;
    seed.value = 0;
    const [example] = props.examples.clothes;
    if (example && !picture) picture = { example: example.name, job: "clothes" };
    setCount(count);
    setMode(mode);
    chain.offer(options);
    choosePolicy();
  }

  document.addEventListener("convdemo:shelf", () => options && askOptions());
  // Only for those who open the tab: making tiles is work that others would wait for.
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && !options && askOptions()).observe(element);
  convdemo.speak(element);
};
