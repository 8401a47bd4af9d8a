# cmake -DROOT=folder -DOUTPUT=file.c -DFILES=a;b -P embed.cmake
# Writes a C file with every file of the list as bytes, named relative to ROOT: the built-in configs.
set(arrays "")
set(rows "")
set(i 0)
foreach(file IN LISTS FILES)
    file(READ ${file} bytes HEX)
    file(RELATIVE_PATH name ${ROOT} ${file})
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const unsigned char file_${i}[] = {${bytes}};\n")
    string(APPEND rows "    {\"${name}\", file_${i}, sizeof file_${i}},\n")
    math(EXPR i "${i} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"config_impl.h\"\n\n${arrays}\n"
    "const agr_builtin agr_builtins[] = {\n${rows}    {0},\n};\n")
