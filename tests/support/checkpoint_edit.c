/* checkpoint_edit FILE EDIT PATH [ARGUMENT...]: changes one thing of a checkpoint as a person with
 * h5py would, leaving it a sound file:
 *
 *     texts PATH NAME TEXT...    attribute NAME of the group becomes these texts
 *     drop PATH NAME             the attribute NAME goes
 *     number PATH NAME N         attribute NAME becomes this whole number (of 64 bits, with a sign)
 *     set PATH X                 the first number of the dataset becomes X
 *     whole PATH                 the dataset becomes one of 32-bit whole numbers
 */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "checkpoint_edit: cannot %s\n", what);
    exit(1);
}

static void put_attribute(hid_t object, const char *name, hid_t type, hid_t space,
                          const void *values)
{
    H5Adelete(object, name);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    demand(attribute >= 0 && H5Awrite(attribute, type, values) >= 0, "write the attribute");
    H5Aclose(attribute);
    H5Sclose(space);
}

static void put_texts(hid_t object, const char *name, int n_texts, char **texts)
{
    const hsize_t count = (hsize_t)n_texts;
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    put_attribute(object, name, type, H5Screate_simple(1, &count, NULL), texts);
    H5Tclose(type);
}

static void put_number(hid_t object, const char *name, long long value)
{
    put_attribute(object, name, H5T_NATIVE_LLONG, H5Screate(H5S_SCALAR), &value);
}

/* The numbers of a dataset as doubles, and its space. Whole numbers up to 2^62 stay what they are:
 * powers of two do. */
static double *read_all(hid_t dataset, hid_t *space)
{
    *space = H5Dget_space(dataset);
    double *values = malloc((size_t)H5Sget_simple_extent_npoints(*space) * sizeof *values);
    demand(values != NULL &&
               H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
           "read the dataset");
    return values;
}

static void set_first(hid_t file, const char *path, double value)
{
    hid_t space;
    const hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    demand(dataset >= 0, "open the dataset");
    double *values = read_all(dataset, &space);
    values[0] = value;
    demand(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 &&
               H5Adelete(dataset, "xxh64") >= 0,
           "write the dataset");
    free(values);
    H5Sclose(space);
    H5Dclose(dataset);
}

static void make_whole(hid_t file, const char *path)
{
    hid_t space;
    const hid_t old = H5Dopen2(file, path, H5P_DEFAULT);
    demand(old >= 0, "open the dataset");
    double *values = read_all(old, &space);
    H5Dclose(old);
    demand(H5Ldelete(file, path, H5P_DEFAULT) >= 0, "remove the dataset");
    const hid_t dataset =
        H5Dcreate2(file, path, H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    demand(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
           "write the dataset");
    free(values);
    H5Sclose(space);
    H5Dclose(dataset);
}

static void edit_attribute(hid_t file, const char *edit, int n, char **argument)
{
    const hid_t object = H5Oopen(file, argument[0], H5P_DEFAULT);
    demand(object >= 0, "open the object");
    if (strcmp(edit, "texts") == 0)
        put_texts(object, argument[1], n - 2, argument + 2);
    else if (strcmp(edit, "drop") == 0)
        demand(H5Adelete(object, argument[1]) >= 0, "drop the attribute");
    else if (strcmp(edit, "number") == 0 && n == 3)
        put_number(object, argument[1], atoll(argument[2]));
    else
        demand(0, "understand that");
    H5Oclose(object);
}

int main(int n_arguments, char **argument)
{
    demand(n_arguments >= 4, "work without FILE EDIT PATH");
    const hid_t file = H5Fopen(argument[1], H5F_ACC_RDWR, H5P_DEFAULT);
    const char *edit = argument[2];
    demand(file >= 0, "open the file");
    if (strcmp(edit, "set") == 0 && n_arguments == 5)
        set_first(file, argument[3], atof(argument[4]));
    else if (strcmp(edit, "whole") == 0)
        make_whole(file, argument[3]);
    else {
        demand(n_arguments >= 5, "work without NAME");
        edit_attribute(file, edit, n_arguments - 3, argument + 3);
    }
    demand(H5Fclose(file) >= 0, "close the file");
    return 0;
}
