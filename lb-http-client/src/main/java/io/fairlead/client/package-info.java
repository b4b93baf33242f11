/** The balanced client: the way of a request through all the other modules. */
@NullMarked
package io.fairlead.client;

import org.jspecify.annotations.NullMarked;
