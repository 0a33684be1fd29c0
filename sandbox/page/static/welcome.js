import { startSearch } from "./people.js";

startSearch();
document.getElementById("people-search").focus();
