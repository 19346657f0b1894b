/* What the page's scripts share: where a person is, and what is under way. */

const find = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 1100px)");
const roomy = matchMedia("(min-width: 821px)");
const open = new Set(); // ids of the cards that are unfolded: Gradio's changes in place fold them
let here = null; // the open conversation; null before the first one is shown
let wanted = new URLSearchParams(location.search).get("c") || ""; // the one that was asked for
let token = ""; // of the question under way
let asking = ""; // its text
const ours = new Set(); // tokens of the events whose pieces belong into the view: the one that opened the conversation, and its questions
let mended = 0; // how often in a row a piece that does not belong there was cleared away
let isAwaited = true; // whether the conversation that was turned to has not come yet
let replaces = 0; // the turn that is being edited
let lastCite = null; // where Esc goes back to
let exported = "";
let draft = sessionStorage.getItem("citewise-draft"); // what was typed before a reload, until it stands in the field
let listed = 0; // conversations that were asked for; 0 for as many as usual
let pinned = true; // whether the end of the conversation is in view
let linked = location.hash.slice(1); // a citation that the address names
