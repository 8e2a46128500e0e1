// What is dragged onto the page. Where nothing takes it, it is refused: the browser would leave the page for it.
(() => {
  // The address of a picture or a link that is dragged from a page, null if it is neither.
  function addressOf(transfer) {
    const image = new DOMParser().parseFromString(transfer.getData("text/html"), "text/html").querySelector("img[src]");
    const link = transfer.getData("text/uri-list").split(/\r?\n/).find((line) => line && !line.startsWith("#"));
    try {
      return new URL(image?.getAttribute("src") ?? link);
    } catch {
      return null;
    }
  }

  // Only what the page holds itself: no other host is asked, nor one to which ours would pass us on.
  async function fetched(address) {
    try {
      const reply = await fetch(address, { redirect: "error" });
      const found = await reply.blob();
      return reply.ok && found.type.startsWith("image/") ? [new File([found], "dropped.png")] : [];
    } catch {
      return [];
    }
  }

  // What is dropped as {files}, or {problem}, the key of a sentence.
  convdemo.dropped = async (transfer) => {
    // After the event it is gone: all of it is read before anything is waited for.
    const [files, address] = [[...transfer.files], addressOf(transfer)];
    if ([...transfer.items].some((item) => item.webkitGetAsEntry()?.isDirectory)) return { problem: "drop.folder" };
    if (files.length) return { files };
    if (address && address.protocol !== "data:" && address.origin !== location.origin) return { problem: "drop.elsewhere" };
    const found = address ? await fetched(address) : [];
    return found.length ? { files: found } : { problem: "drop.nothing" };
  };

  // Text goes into a field as ever.
  const typed = ({ target, dataTransfer }) => target.matches?.(":read-write") && !dataTransfer.types.includes("Files");

  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (event.defaultPrevented || typed(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
  }
})();
