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
  let waiting = false; // while a picture is on its way
  let ready = false;
  const past = []; // what stood here before each stroke, picture and clearing: {picture, strokes}

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
    onDown: () => {
      remember();
      removePicture();
    },
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
    if (!ready || waiting) return;
    const asked = picture;
    const gone = () => waiting || picture !== asked; // what was asked about is
    const payload = { model: answer.model, skip: steps.skipped, ...(asked ?? { ink: pad.ink() }) };
    if (!asked) {
      const reply = await call(server.predict, payload, stale);
      if (gone()) return;
      show(reply);
      if (stale() || pad.drawing) return;
    }
    const slow = asked && setTimeout(() => gone() || wait(), 150);
    const reply = await call(server.predict, { ...payload, whole: true }, stale);
    clearTimeout(slow);
    if (!stale() && !gone()) showWhole(reply);
  });

  function show(reply) {
    if (reply.problem) {
      answer.showSentence(`problem.${reply.problem}`, reply.values);
      blank();
      return false;
    }
    answer.show(reply);
    chip.textContent = reply.label ?? "";
    if (reply.notice === "empty") seen.clear();
    else seen.show(reply.input);
    return true;
  }

  function showWhole(reply) {
    if (!show(reply)) return;
    if (reply.notice === "empty") {
      blank();
      return;
    }
    steps.show(reply.steps);
    code.show(reply.code);
    if (picture) showPicture(reply.picture);
    inside.disabled = false;
    convdemo.lastDigit = reply.input; // for the Train tab, which reads it, too
    compare.setInput(reply.input, convdemo.ranked(reply.probabilities)[0][0]);
  }

  // Nothing stays of the last answer, so that it does not stand beside another question.
  function forgetAnswer() {
    chip.textContent = "";
    seen.clear();
    steps.clear();
    code.show("");
    inside.disabled = true;
  }

  function blank() {
    forgetAnswer();
    convdemo.lastDigit = null;
    compare.setInput(null, null);
  }

  // The two networks keep their digit, which they show, until they get another.
  function wait() {
    answer.wait("picture.reading");
    forgetAnswer();
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
    stopWaiting();
  }

  function stopWaiting() {
    waiting = false;
    ways.forget();
  }

  const remember = () => past.push({ picture, strokes: pad.strokes });

  // A picture that is still on its way is called back, and what stands here is read again.
  function undo() {
    const before = waiting ? { picture, strokes: pad.strokes } : past.pop();
    removePicture();
    picture = before?.picture ?? null;
    pad.restore(before?.strokes ?? []);
  }

  function clear() {
    if (picture || !pad.empty) remember();
    removePicture();
    pad.clear();
  }

  const ways = convdemo.pictureInput({
    element,
    area,
    upload,
    toolbar: find("ways"),
    onWait: () => {
      waiting = true;
      wait();
    },
    onSentence: (key) => {
      waiting = false;
      answer.showSentence(key);
    },
    onPicture: put,
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

  convdemo.examples(find("examples"), props.examples, (name) => put({ example: name }));

  function put(shown) {
    remember();
    stopWaiting();
    picture = shown;
    pad.clear(); // and with it the picture is asked about
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
