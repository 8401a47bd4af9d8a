# cmake -DINPUT=page.css -DOUTPUT=file.c -P embed_style.cmake: the style sheet as a C string.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"html_impl.h\"\n\nconst char html_style[] = {${bytes}0};\n")
