/** Times as people say them. */
#ifndef AGR_BASE_DURATION_H
#define AGR_BASE_DURATION_H

enum { AGR_DURATION_BYTES = 32 };

/** "0.3 s", "2.5 s", "28 s", "83 min", "2 h 05 min": never wider than 12 characters below 10,000 hours. Returns
 * text. */
const char *agr_duration_text(double seconds, char text[AGR_DURATION_BYTES]);

#endif
