// The bar at the top: the name, the language, the list of shortcuts. It also watches the shelf for all tabs.
convdemo.header = ({ element, props, server, trigger }) => {
  const dialog = element.querySelector("dialog");
  const choices = [...element.querySelectorAll("[data-language]")];

  function show() {
    for (const choice of choices) choice.ariaPressed = choice.dataset.language === convdemo.language;
  }

  // Gradio's own components, such as the tabs' names, are changed by Python.
  function tellPython() {
    props.value = convdemo.language;
    trigger("input");
    document.dispatchEvent(new CustomEvent("convdemo:language"));
    for (const wait of [300, 1000, 3000]) setTimeout(nameTabs, wait);
  }

  // On a narrow page Gradio shows the new name of a tab only once it has been opened. The text is
  // changed in its own node, so that Gradio finds it again.
  function nameTabs() {
    for (const tab of document.querySelectorAll("#convdemo-tabs [role=tab][data-tab-id]")) {
      const name = convdemo.say(`tab.${tab.dataset.tabId}`);
      for (const node of tab.childNodes) {
        if (node.nodeType === Node.TEXT_NODE && node.data.trim() && node.data.trim() !== name) node.data = name;
      }
    }
  }

  for (const choice of choices) {
    choice.addEventListener("click", () => {
      convdemo.setLanguage(choice.dataset.language);
      show();
      tellPython();
    });
  }
  const link = element.querySelector("[data-role=link]");
  const said = element.querySelector("[data-role=said]");
  link.addEventListener("click", async () => {
    await convdemo.copyLink();
    [link.dataset.say, said.dataset.say] = ["link.copied", "link.copied"];
    convdemo.speak(element);
    setTimeout(() => {
      link.dataset.say = "link.copy";
      said.removeAttribute("data-say");
      said.textContent = "";
      convdemo.speak(element);
    }, 3000);
  });

  // What a teacher's link gives to do.
  const task = element.querySelector(".cd-task");
  task.textContent = (new URLSearchParams(location.search).get("task") ?? "").trim().slice(0, 500);
  task.hidden = !task.textContent;

  element.querySelector("[data-role=help]").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && convdemo.listening(element)) dialog.showModal();
  });

  // A model may come from another window or from a command: whoever shows models hears of it.
  let shelf = null;
  async function look() {
    const { mark } = document.hidden ? {} : await server.shelf_mark({ visitor: convdemo.visitor }).catch(() => ({}));
    if (shelf && mark && shelf !== mark) document.dispatchEvent(new CustomEvent("convdemo:shelf"));
    shelf = mark ?? shelf;
    setTimeout(look, 3000);
  }
  look();

  convdemo.speak(element);
  show();
  if (convdemo.language !== "en") tellPython();
};
