// The Explain tab: a picture and a model on the left, what the model reads and what every stage of it
// makes of the picture on the right, and below what else there is to ask of both.
convdemo.explanation = ({ element, props, server, upload }) => {
  const { tell, call, latest, named } = convdemo;
  const MANY = 12; // classes from which on only the likeliest have a bar
  const BEST = 5; // of them
  const PANELS = [
    ["why", "explainWhy"], ["trust", "explainTrust"], ["dream", "explainDream"],
    ["what_if", "explainWhatIf"], ["fool", "explainFool"], ["crowd", "explainCrowd"],
  ];
  const find = (role) => element.querySelector(`[data-role=${role}]`);
  const area = find("area");
  const photo = area.querySelector("img");
  const reading = find("reading");

  let options = null;
  let picture = null; // {upload, name}, {example, job}, {ink}, {sample, dataset, split}
  let wanted = null; // the model that came with a picture from another tab
  let panels = []; // below the maps, once there are options
  let spoiled = false; // the package with the network for photos: not there, or damaged
  let barred = ""; // the classes that have a bar

  const models = convdemo.explainModels(find("model"), find("line"), { onChange: () => ask() });
  const scale = convdemo.mapScale(find("scale"), { onChange: () => stages.paint() });
  const stages = convdemo.explainStages(find("stages"), { server, scale });
  const filters = convdemo.explainFilters(find("filters"), { server });
  const bars = convdemo.bars(find("bars"), { small: true });
  const code = convdemo.code(find("code"), "explain.code");
  const fetching = convdemo.explainFetch(find("fetch"), { server, onFetched: () => ask() });

  const ask = latest(async (stale) => {
    filters.use(models.name);
    tellPackage();
    fetching.offer(null);
    if (!models.name || !picture) return;
    const asked = { model: models.name, ...picture };
    const old = setTimeout(age, 150);
    const slow = setTimeout(() => showStatus("explain.working"), 1000); // as where a data set is read first
    const reply = await call(server.look, asked, stale);
    clearTimeout(old);
    clearTimeout(slow);
    if (stale() || !picture) return;
    if (reply.problem === "explain_package") fallBack(reply.values.model);
    else if (reply.problem) refuse(reply);
    else show(asked, reply);
  });

  function age() {
    reading.classList.add("cd-old");
    stages.age();
  }

  function show(asked, look) {
    reading.classList.remove("cd-old");
    photo.src = look.picture;
    photo.hidden = false;
    find("seen").src = look.input;
    find("seen").hidden = false;
    const [channels, height, width] = look.input_size;
    tell(find("size"), channels === 1 ? "explain.seen" : "explain.seen_channels", { channels, height, width });
    showAnswer(look);
    showStatus("explain.computed", { milliseconds: (look.seconds * 1000).toFixed(look.seconds < 0.1 ? 1 : 0) });
    scale.use(Math.max(...look.stages.map(convdemo.stageEnd)));
    stages.show(asked, look);
    code.show(look.code);
    // Of a thousand classes the likeliest ones are enough to choose from.
    const likeliest = convdemo.ranked(look.probabilities).slice(0, MANY);
    const shown = { ...look, classes: Object.keys(look.probabilities), probabilities: Object.keys(look.probabilities).length > 100 ? Object.fromEntries(likeliest) : look.probabilities };
    for (const panel of panels) panel.use(asked, shown);
  }

  function showAnswer({ label, known, extra, note, views, probabilities }) {
    tell(find("label"), `class.${label}|${label}`);
    if (known === null) tell(find("known"), "");
    else tell(find("known"), known === label ? "explain.known_right" : "explain.known_wrong", { known: named(known) });
    if (extra.includes(label)) tell(find("note"), "explain.none_of_these");
    else tell(find("note"), note ? `note.${note}` : views === "single" ? "" : "explain.single_view");
    const ranked = convdemo.ranked(probabilities).map(([name]) => name);
    const classes = ranked.length > MANY ? ranked.slice(0, BEST) : Object.keys(probabilities);
    if (barred !== classes.join()) {
      bars.build(classes);
      find("bars").classList.toggle("cd-named", classes.some((name) => name.length > 2));
      barred = classes.join();
    }
    bars.show(probabilities, label);
  }

  // Nothing stays of the last picture, so that no map stands beside another one.
  function blank() {
    photo.hidden = find("seen").hidden = true;
    reading.classList.remove("cd-old");
    for (const role of ["size", "label", "known", "note"]) tell(find(role), "");
    bars.show({});
    scale.use(null);
    stages.clear();
    code.show("");
    for (const panel of panels) panel.use(null, null);
  }

  function forget() {
    picture = null;
    blank();
  }

  const showStatus = (key, values) => convdemo.retell(find("status"), key, values);

  // A server that is busy or gone says nothing about the picture: it can be asked again. A picture that
  // this model cannot take may be one for another model.
  function refuse({ problem, values }) {
    if (["busy", "offline"].includes(problem)) age();
    else blank();
    if (problem === "explain_fetch") fetching.offer(models.chosen);
    showStatus(`problem.${problem}`, values);
  }

  // The network for photos cannot be read: another one takes its place, and a sentence says so.
  function fallBack(model) {
    spoiled = true;
    if (models.choose(model)) ask();
    else refuse({ problem: "explain_package", values: { model } });
  }

  function tellPackage() {
    const photo = models.chosen?.job === "photos" && !models.chosen.backbone;
    tell(find("package"), photo && spoiled ? "problem.explain_package" : "", { model: models.name });
  }

  function take(chosen, fits) {
    ways.forget();
    models.fit(fits);
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
      bars.wait();
      showStatus("picture.reading");
    },
    onSentence: (key) => {
      if (!picture) bars.show({});
      showStatus(key);
    },
    onPicture: (sent) => {
      picture = sent;
      ask();
    },
    onClear: () => {
      forget();
      showStatus("answer.none");
    },
  });

  const pictures = convdemo.explainPictures({
    rows: find("examples"), samples: find("samples"), field: find("samples-field"), examples: props.examples, models, onPick: take,
  });

  find("drawing").addEventListener("click", () => {
    const ink = convdemo.ink?.();
    if (ink) take({ ink }, (model) => model.job === "digits");
    else showStatus("answer.digits.empty");
  });

  const askOptions = latest(async () => {
    if (!options) showStatus("answer.waiting");
    const reply = await call(server.options, {});
    if (reply.problem || !reply.models.length) {
      if (!options || wanted) showStatus(`problem.${reply.problem ?? "no_models"}`, reply.values);
      wanted = null;
      return;
    }
    const first = !options;
    const before = models.name;
    options = reply;
    spoiled = !reply.packaged;
    models.offer(options.models, options.backbones);
    pictures.offer(options.samples, options.samples_each);
    if (first) begin();
    if (wanted) arrive();
    else if (first || models.name !== before) ask();
  });

  function begin() {
    panels = PANELS.flatMap(([role, name]) => convdemo[name]?.(find(role), { server, options, element }) ?? []);
    const [example] = props.examples.digits;
    if (example && !picture) picture = { example: example.name, job: "digits" };
  }

  // The model that was asked for is chosen if it is there.
  function arrive() {
    const there = models.choose(wanted);
    const model = wanted;
    wanted = null;
    if (there) ask();
    else refuse({ problem: "no_such_model", values: { model } });
  }

  convdemo.explainArrivals(({ picture: sent, model }) => {
    ways.forget();
    forget();
    showStatus("");
    picture = sent;
    wanted = model;
    // A model that was trained a minute ago may not be on the list yet.
    if (options && models.has(({ name }) => name === model)) arrive();
    else askOptions();
  });

  document.addEventListener("convdemo:shelf", () => options && askOptions());
  // Only for those who open the tab: looking inside is work that others would wait for.
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && !options && askOptions()).observe(element);
  convdemo.speak(element);
};
