// The Draw tab: the pad or a picture on the left, what the network sees in the middle, bars on the right.
convdemo.digits = ({ element, props, server, upload }) => {
  const { make, tell, call, latest } = convdemo;
  const find = (role) => element.querySelector(`[data-role=${role}]`);
  const area = find("area");
  const canvas = area.querySelector("canvas");
  const photo = area.querySelector("img");
  const chip = area.querySelector(".cd-chip");
  const download = find("download");

  let picture = null; // {upload, name} or {example} while a picture stands in place of the drawing
  let ready = false;

  const seen = convdemo.pixels("seen.alt");
  find("seen").append(seen.canvas);
  const steps = convdemo.steps(find("steps"), { job: "digits", onChange: () => ask() });
  const code = convdemo.code(find("code"));
  const answer = convdemo.answer(find("answer"), { job: "digits", onModel: () => ask() });
  const inside = make("button", { type: "button", class: "cd-button cd-inside", "data-say": "explain.look_inside", onclick: lookInside });
  find("answer").append(inside);
  const compare = convdemo.compare(find("compare"), {
    sliders: props.sliders,
    compared: props.compared,
    compute: (payload) => call(server.compare, payload),
  });
  const pad = convdemo.pad(canvas, {
    onDown: removePicture,
    onChange: () => {
      area.classList.toggle("cd-empty", pad.empty);
      download.disabled = pad.empty;
      ask();
    },
    onUp: () => ask(),
  });

  convdemo.keyboardPen(canvas, area.querySelector(".cd-pen"), pad);

  // While the pen is down only the bars are asked for; the steps follow when it is lifted.
  const ask = latest(async (stale) => {
    if (!ready) return;
    const payload = { model: answer.model, skip: steps.skipped, ...(picture ?? { ink: pad.ink() }) };
    if (!picture) {
      show(await call(server.predict, payload, stale));
      if (stale() || pad.drawing) return;
    }
    const reply = await call(server.predict, { ...payload, whole: true }, stale);
    if (!stale()) showWhole(reply);
  });

  function show(reply) {
    if (reply.problem) {
      answer.showSentence(`problem.${reply.problem}`, reply.values);
      chip.textContent = "";
      seen.clear();
      return false;
    }
    answer.show(reply);
    chip.textContent = reply.label ?? "";
    if (reply.notice === "empty") seen.clear();
    else seen.show(reply.input);
    return true;
  }

  function showWhole(reply) {
    const found = show(reply);
    const drawn = found && reply.notice !== "empty";
    if (drawn) {
      steps.show(reply.steps);
      code.show(reply.code);
      if (picture) showPicture(reply.picture);
    } else {
      steps.clear();
      code.show("");
    }
    inside.disabled = !drawn;
    convdemo.lastDigit = drawn ? reply.input : null; // for the Train tab, which reads it, too
    compare.setInput(drawn ? reply.input : null, drawn ? convdemo.ranked(reply.probabilities)[0][0] : null);
  }

  // What is read here, in the Explain tab.
  function lookInside() {
    const shown = picture?.example ? { ...picture, job: "digits" } : picture;
    convdemo.explain?.({ picture: shown ?? { ink: pad.ink() }, model: answer.model });
  }

  function showPicture(source) {
    photo.src = source;
    photo.hidden = false;
  }

  function removePicture() {
    picture = null;
    photo.hidden = true;
    ways.forget();
  }

  function undo() {
    if (picture) removePicture();
    pad.undo();
  }

  function clear() {
    removePicture();
    pad.clear();
  }

  const ways = convdemo.pictureInput({
    element,
    area,
    upload,
    toolbar: find("ways"),
    onWait: () => answer.showSentence("picture.reading"),
    onSentence: (key) => answer.showSentence(key),
    onPicture: (sent) => {
      picture = sent;
      pad.clear(); // and with it the picture is asked about
    },
  });
  convdemo.drawing = () => (pad.empty ? null : pad.toBlob()); // for the Augment tab
  convdemo.ink = () => (pad.empty ? null : pad.ink()); // for the Explain tab
  find("undo").addEventListener("click", undo);
  find("clear").addEventListener("click", clear);
  download.addEventListener("click", async () => {
    const link = make("a", { href: URL.createObjectURL(await pad.toBlob()), download: "drawing.png" });
    link.click();
    URL.revokeObjectURL(link.href);
  });
  document.addEventListener("keydown", (event) => {
    if (!convdemo.listening(element)) return;
    if (convdemo.shortcut(event) === "z") undo();
    if (convdemo.shortcut(event) === "c") clear();
  });

  const brushes = [...find("brush").querySelectorAll("button")];
  function choose(chosen) {
    pad.setWidth(Number(chosen.dataset.width));
    for (const brush of brushes) brush.setAttribute("aria-pressed", brush === chosen);
  }
  for (const brush of brushes) brush.addEventListener("click", () => choose(brush));
  choose(brushes[1]);

  convdemo.examples(find("examples"), props.examples, showExample);

  function showExample(name) {
    removePicture();
    picture = { example: name };
    pad.clear(); // and with it the example is asked about
  }

  const askModels = convdemo.shelf(server, answer, (models) => compare.setModels(models));

  async function start() {
    convdemo.speak(element);
    answer.showSentence("answer.waiting");
    ready = await askModels();
    if (!ready) return;
    if (pad.empty && !picture) pad.begin();
    else ask();
  }

  start();
};
