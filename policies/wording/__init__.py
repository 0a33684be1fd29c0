"""措辞 (wording): every sentence people read in chat. First the result, then the reason, then the way out."""
