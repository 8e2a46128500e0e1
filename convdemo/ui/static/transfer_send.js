// Files on their way to the server, several at once: as Gradio's own upload sends them, which does not tell
// how far it is and cannot be stopped.
(() => {
  // Gives {paths, stop}: the places of the files on the server, or null where they did not arrive. They get
  // names of our own: the visitor's may be anything, and two visitors may have the same.
  convdemo.transferSend = (files, onProgress = () => {}) => {
    const request = new XMLHttpRequest();
    const { root = "", api_prefix: prefix = "/gradio_api" } = window.gradio_config ?? {};
    const form = new FormData();
    for (const file of files) form.append("files", file, `${crypto.getRandomValues(new Uint32Array(3)).join("")}.bin`);
    const paths = new Promise((resolve) => {
      request.addEventListener("loadend", () => resolve(request.status === 200 ? request.response : null));
    });
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded, total));
    request.responseType = "json";
    request.open("POST", `${root}${prefix}/upload`);
    request.send(form);
    return { paths, stop: () => request.abort() };
  };

  // The address at which Gradio hands out a file that the server made.
  convdemo.transferAddress = (path) => {
    const { root = "", api_prefix: prefix = "/gradio_api" } = window.gradio_config ?? {};
    return `${root}${prefix}/file=${encodeURI(path)}`;
  };

  // Texts of a visitor are no keys, whatever they look like.
  convdemo.plainText = (text) => `@|${text}`;

  // A refusal as [key, values], with names in it that may be anything.
  convdemo.transferRefusal = ({ problem, values = {} }) => {
    const shown = ([name, value]) => [name, ["name", "model", "path", "error"].includes(name) ? `@|${value}` : value];
    return [`problem.${problem}`, Object.fromEntries(Object.entries(values).map(shown))];
  };

  const NAMED = 5; // files, folders or classes of a finding that are named

  // What is to be known of a set of pictures, a paragraph each.
  convdemo.findingLines = (findings) => findings.map(({ kind, count, names, of }) => {
    const node = convdemo.make("p", { class: "cd-quiet cd-finding" });
    const some = names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ", …" : "");
    const [first = "", second = ""] = names.map(convdemo.plainText);
    convdemo.tell(node, `finding.${kind}`, { count, names: convdemo.plainText(some), first, second, of: `@kind_name.${of}|${of}` });
    return node;
  });
})();
