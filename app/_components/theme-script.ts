/** Runs before the first paint, so that no page flashes in the wrong theme. */
export const THEME_SCRIPT = `(()=>{const c=localStorage.getItem("theme")||"system";const m=matchMedia("(prefers-color-scheme: dark)");
const a=()=>{const c=localStorage.getItem("theme")||"system";document.documentElement.dataset.theme=c==="system"?(m.matches?"dark":"light"):c};a();m.addEventListener("change",a);window.addEventListener("etalon-theme",a)})()`;
