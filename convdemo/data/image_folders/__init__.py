"""Pictures of one's own classes, from a folder or a zip of class folders: which folder is a class
(class_tree), what names mean (file_names), what is left out or to be known (findings), which look
alike, and who trains and who judges (split); or put together one by one (album). Begin with
reader, which uses the others; photo_set is what it returns."""
