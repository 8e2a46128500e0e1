// Exercises: a question, an answer that Python grades, the way to it, a score, and a link.
(() => {
  const { make, tell, retell, call } = convdemo;
  const KEPT = "convdemo.exercises";
  const NONE = { right: 0, asked: 0, streak: 0 };
  const SEEDS = 1_000_000;

  function storedScore() {
    try {
      const found = JSON.parse(localStorage.getItem(KEPT));
      const whole = Object.keys(NONE).every((name) => Number.isInteger(found?.[name]) && found[name] >= 0);
      return whole && found.right <= found.asked ? found : { ...NONE };
    } catch {
      return { ...NONE }; // storage may be forbidden: the score lasts as long as the page
    }
  }

  function scoreboard(root) {
    let score = storedScore();
    const [right, streak] = ["score", "streak"].map((name) => make("strong", { class: "cd-lesson-number", "data-score": name }));
    root.append(
      make("p", {}, make("span", { class: "cd-quiet", "data-say": "lessons.exercise.score" }), right),
      make("p", {}, make("span", { class: "cd-quiet", "data-say": "lessons.exercise.streak" }), streak));

    function set(next) {
      score = next;
      tell(right, "lessons.exercise.right_of", { right: score.right, asked: score.asked });
      streak.textContent = score.streak;
      try {
        localStorage.setItem(KEPT, JSON.stringify(score));
      } catch {
        // as above
      }
    }

    set(score);
    return {
      count: (good) => set({ right: score.right + good, asked: score.asked + 1, streak: good ? score.streak + 1 : 0 }),
      clear: () => set({ ...NONE }),
    };
  }

  // Numbers on squares: a picture in greys, what has a sign on the diverging scale.
  function grid(rows, signed) {
    const most = Math.max(...rows.flat().map(Math.abs)) || 1;
    const text = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2)).replace("-", "−");
    const style = (value) => {
      if (signed) return convdemo.ground(value / most);
      const light = Math.round(30 + (215 * value) / most);
      return `background: rgb(${light} ${light} ${light}); color: ${convdemo.inkOn([light, light, light])}`;
    };
    return make("table", { class: "cd-numbers" }, make("tbody", {}, ...rows.map((row) =>
      make("tr", {}, ...row.map((value) => make("td", { style: style(value) }, text(value)))))));
  }

  const captioned = (key, table) => make("figure", { class: "cd-exercise-grid" }, make("figcaption", { class: "cd-quiet", "data-say": key }), convdemo.scrolling(key, table));

  function copyLink(address, button) {
    const done = () => {
      tell(button, "code.copied");
      setTimeout(() => tell(button, "lessons.exercise.copy"), 1500);
    };
    // Without a secure context there is no clipboard to write to: the link is selected, to be copied by hand.
    const byHand = () => address.select();
    if (navigator.clipboard) navigator.clipboard.writeText(address.value).then(done, byHand);
    else byHand();
    address.focus();
  }

  convdemo.lessonExercise = (root, { server, props, link }) => {
    let wanted = link; // the token of a link, until it has been asked for
    let shown = null;
    let answered = false;
    let lastKind = "";
    let follows = false; // whether the visitor asked for this question, so that the field may be focused

    const lesson = convdemo.lesson(root, "exercise", { server, serve: "exercise", coded: false, payload: drawn, show, onRefuse });
    const kinds = convdemo.lessonPicker("lessons.exercise.kind", [["", "lessons.exercise.mixed"], ...props.kinds.map((kind) => [kind, `lessons.exercise.${kind}.name`])], next);
    const scores = make("div", { class: "cd-exercise-score" });
    const score = scoreboard(scores);
    const address = make("input", { class: "cd-select cd-number", type: "text", readonly: "", "data-say-label": "lessons.exercise.link", "data-role": "link" });
    const copy = convdemo.lessonButton("lessons.exercise.copy", () => copyLink(address, copy));
    lesson.controls.append(kinds.field, scores,
      make("div", { class: "cd-field" }, make("span", { "data-say": "lessons.exercise.link" }), address, copy),
      convdemo.lessonMore(convdemo.lessonButton("lessons.exercise.clear", () => score.clear())));

    const question = make("p", { class: "cd-words cd-exercise-question", "data-role": "question" });
    const about = make("div", { class: "cd-exercise-about" });
    const field = make("input", { class: "cd-select cd-number", type: "text", inputmode: "text", autocomplete: "off", maxlength: 20, "data-say-label": "lessons.exercise.answer" });
    const check = make("button", { class: "cd-button cd-primary", "data-say": "lessons.exercise.check" });
    const form = make("form", { class: "cd-toolbar", onsubmit: (event) => {
      event.preventDefault();
      answer(field.value);
    } }, make("label", { class: "cd-field" }, make("span", { "data-say": "lessons.exercise.answer" }), field), check);
    const choices = make("div", { class: "cd-exercise-choices", role: "group", "data-say-label": "lessons.exercise.answer" });
    const skip = convdemo.lessonButton("lessons.exercise.skip", next);
    const verdict = make("p", { class: "cd-words", role: "status", "data-role": "verdict" });
    const solution = make("p", { "data-role": "solution" });
    lesson.stage.append(question, about, form, choices, verdict, solution, make("div", { class: "cd-toolbar" }, skip));

    function drawn() {
      if (wanted !== null && wanted !== undefined) return { token: wanted };
      const others = props.kinds.filter((kind) => kind !== lastKind);
      const kind = kinds.select.value || others[Math.floor(Math.random() * others.length)];
      return { kind, seed: Math.floor(Math.random() * SEEDS) };
    }

    function next() {
      wanted = null;
      follows = true;
      lesson.ask();
    }

    // A link that names no exercise is said, and there is one all the same.
    function onRefuse(problem) {
      if (wanted === null || wanted === undefined || ["busy", "offline"].includes(problem)) return;
      const reason = problem;
      wanted = null;
      call(server.exercise, drawn()).then((reply) => {
        if (reply.problem) return;
        show(reply);
        lesson.stage.classList.remove("cd-old");
        retell(lesson.status, `problem.${reason}`);
      });
    }

    function show(reply) {
      wanted = null;
      shown = reply;
      answered = false;
      lastKind = reply.kind;
      tell(question, `lessons.exercise.${reply.kind}`, reply.values);
      const layers = reply.layers.map(({ kind, kernel: side, stride }) => {
        const item = make("li");
        tell(item, `lessons.exercise.layer.${kind}`, { kernel: side, stride });
        return item;
      });
      about.replaceChildren(
        ...(layers.length ? [make("ol", { class: "cd-exercise-layers", role: "list" }, ...layers)] : []),
        ...Object.entries(reply.grids).map(([name, rows]) => captioned(`lessons.exercise.grid.${name}`, grid(rows, name === "output"))));
      const chosen = reply.choices.length > 0;
      form.hidden = chosen;
      choices.hidden = !chosen;
      choices.replaceChildren(...reply.choices.map(({ name, kernel: rows }, place) => {
        const said = make("span");
        if (rows) tell(said, `lessons.kernel.${name}`);
        else said.textContent = name;
        return make("button", { type: "button", class: "cd-button cd-exercise-choice", value: place, onclick: () => answer(place) },
          ...(rows ? [grid(rows.map((row) => row.map((one) => Number(one.toFixed(2)))), true)] : []), said);
      }));
      field.value = "";
      field.disabled = check.disabled = false;
      verdict.className = "cd-words";
      retell(verdict, "");
      tell(solution, "");
      tell(skip, "lessons.exercise.skip");
      skip.classList.remove("cd-primary");
      const found = new URL(location.href);
      found.search = new URLSearchParams({ exercise: reply.token });
      found.hash = "";
      address.value = found.href;
      if (follows) (chosen ? choices.firstChild : field).focus();
      follows = false;
    }

    async function answer(given) {
      if (!shown || answered) return;
      const { token, kind } = shown;
      const reply = await call(server.grade, { token, answer: given });
      if (token !== shown.token || answered) return;
      if (reply.problem) {
        retell(verdict, `problem.${reply.problem}`, reply.values);
        return;
      }
      answered = true;
      score.count(reply.right);
      verdict.classList.add(reply.right ? "cd-right" : "cd-wrong");
      retell(verdict, reply.right ? "lessons.exercise.is_right" : "lessons.exercise.is_wrong", { answer: reply.solution.answer });
      tell(solution, `lessons.exercise.${kind}.solution`, reply.solution);
      for (const button of choices.children) {
        button.classList.toggle("cd-right", Number(button.value) === reply.answer);
        button.setAttribute("aria-pressed", Number(button.value) === Number(given));
        button.disabled = true;
      }
      field.disabled = check.disabled = true;
      tell(skip, "lessons.exercise.next");
      skip.classList.add("cd-primary");
      skip.focus();
    }

    lesson.ask();
    return () => !shown && lesson.ask();
  };
})();
