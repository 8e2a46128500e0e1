// The lessons below the bench, one of them at a time; the link of an exercise asks it.
(() => {
  const { make } = convdemo;
  const LESSONS = [
    ["dense", "lessonDense"], ["neuron", "lessonNeuron"], ["graph", "lessonGraph"], ["output", "lessonOutput"],
    ["optimizer", "lessonOptimizer"], ["scaled", "lessonScaled"], ["exercise", "lessonExercise"],
  ];
  let link = new URLSearchParams(location.search).get("exercise");

  // What is above grows while it loads: the lesson stays in view until the visitor does something.
  function holdInView(node) {
    const observer = new ResizeObserver(() => node.scrollIntoView({ block: "start" }));
    const end = () => {
      observer.disconnect();
      for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) removeEventListener(name, end);
    };
    for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(name, end, { passive: true });
    observer.observe(document.body);
    setTimeout(end, 4000);
  }

  convdemo.lessons = ({ element, props, server }) => {
    const panels = new Map([...element.querySelectorAll("[data-lesson]")].map((panel) => [panel.dataset.lesson, panel]));
    const built = new Map(); // what asks for the numbers of a lesson again
    const asked = link;
    link = null;

    const buttons = LESSONS.map(([name]) => make("button", {
      type: "button", class: "cd-button", value: name, "data-say": `lessons.${name}.title`, onclick: () => choose(name),
    }));
    const chooser = element.querySelector("[data-role=choose]");
    chooser.append(...buttons);
    convdemo.lessonArrows(chooser, (down, right) => {
      const at = buttons.indexOf(document.activeElement) + down + right;
      const to = buttons[(at + buttons.length) % buttons.length];
      to.focus();
      choose(to.value);
    });

    function choose(name) {
      for (const button of buttons) button.setAttribute("aria-pressed", button.value === name);
      for (const [one, panel] of panels) panel.hidden = one !== name;
      if (built.has(name)) built.get(name)(); // there may have been no server before
      else built.set(name, convdemo[LESSONS.find(([one]) => one === name)[1]](panels.get(name), { server, props, link: asked }));
    }

    if (asked !== null) {
      choose("exercise");
      holdInView(element.querySelector(".cd-lesson-head"));
    } else {
      // Only for those who come this far: until then nothing is computed for it.
      const seen = new IntersectionObserver(([{ isIntersecting }]) => {
        if (!isIntersecting) return;
        seen.disconnect();
        if (!built.size) choose(LESSONS[0][0]);
      });
      seen.observe(element);
    }
    convdemo.speak(element);
  };
})();
