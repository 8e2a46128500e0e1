// The Clothes tab: a photo on the left, what becomes of it in the middle, its name on the right.
convdemo.clothes = ({ element, props, server, upload }) => {
  const { make, tell, call, latest, named, percent } = convdemo;
  const find = (role) => element.querySelector(`[data-role=${role}]`);
  const area = find("area");
  const photo = area.querySelector("img");
  const seen = find("seen");
  const best = make("ol", { class: "cd-best", role: "list", "data-say-label": "answer.best" });

  let picture = null; // {upload, name} or {example}
  let ready = false;

  const steps = convdemo.steps(find("steps"), { job: "clothes", onChange: () => ask() });
  const code = convdemo.code(find("code"));
  const answer = convdemo.answer(find("answer"), { job: "clothes", between: best, onModel: () => ask() });
  const inside = make("button", { type: "button", class: "cd-button cd-inside", "data-say": "explain.look_inside", onclick: lookInside, disabled: "" });
  find("answer").append(inside);

  const ask = latest(async (stale) => {
    if (!ready || !picture) return;
    area.classList.add("cd-working");
    const asked = picture;
    const reply = await call(server.predict, { model: answer.model, skip: steps.skipped, ...asked }, stale);
    area.classList.remove("cd-working");
    if (!stale() && asked === picture) show(reply);
  });

  function show(reply) {
    if (reply.problem) {
      forget();
      answer.showSentence(`problem.${reply.problem}`, reply.values);
      return;
    }
    answer.show(reply);
    inside.disabled = false;
    steps.show(reply.steps);
    code.show(reply.code);
    photo.src = reply.picture;
    seen.src = reply.seen;
    photo.hidden = seen.hidden = false;
    best.replaceChildren(...convdemo.ranked(reply.probabilities).slice(0, 3).map(([label, share]) => {
      const name = make("span");
      tell(name, `class.${label}|${label}`);
      return make("li", {}, name, make("span", {}, percent(share)));
    }));
  }

  // Nothing stays of the last picture, so that no answer stands beside another question.
  function forget() {
    picture = null;
    inside.disabled = true;
    photo.hidden = seen.hidden = true;
    best.replaceChildren();
    steps.clear();
    code.show("");
  }

  // What is read here, in the Explain tab.
  function lookInside() {
    const shown = picture.example ? { ...picture, job: "clothes" } : picture;
    convdemo.explain?.({ picture: shown, model: answer.model });
  }

  const ways = convdemo.pictureInput({
    element,
    area,
    upload,
    toolbar: find("ways"),
    remove: find("clear"),
    onWait: () => {
      forget();
      answer.wait("picture.reading");
    },
    onSentence: (key) => answer.showSentence(key),
    onPicture: (sent) => {
      picture = sent;
      ask();
    },
    onClear: () => {
      forget();
      answer.showSentence("answer.none");
    },
  });

  convdemo.examples(find("examples"), props.examples, showExample);

  function showExample(name) {
    ways.forget();
    picture = { example: name };
    return ask();
  }

  const askModels = convdemo.shelf(server, answer);

  async function start() {
    convdemo.speak(element);
    answer.showSentence("answer.waiting");
    ready = await askModels();
    if (!ready) return;
    if (props.examples.length) showExample(props.examples[0].name);
    else answer.showSentence("answer.none");
  }

  start();
};
