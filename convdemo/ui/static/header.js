// The bar at the top: the name, the language, the list of shortcuts.
convdemo.header = ({ element, props, trigger }) => {
  const dialog = element.querySelector("dialog");
  const choices = [...element.querySelectorAll("[data-language]")];

  function show() {
    for (const choice of choices) {
      choice.setAttribute("aria-pressed", choice.dataset.language === convdemo.language);
    }
  }

  // Gradio's own components, such as the tabs' names, are changed by Python.
  function tellPython() {
    props.value = convdemo.language;
    trigger("input");
  }

  for (const choice of choices) {
    choice.addEventListener("click", () => {
      convdemo.setLanguage(choice.dataset.language);
      show();
      tellPython();
    });
  }
  element.querySelector("[data-role=help]").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && convdemo.listening(element)) dialog.showModal();
  });

  convdemo.speak(element);
  show();
  if (convdemo.language !== "en") tellPython();
};
