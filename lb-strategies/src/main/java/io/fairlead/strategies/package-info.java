/** Ways to choose an endpoint. */
@NullMarked
package io.fairlead.strategies;

import org.jspecify.annotations.NullMarked;
