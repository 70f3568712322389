//! What the leaves do to the ledger's map, applied: whoever has the leaves has the map.

use ledger::{MapKey, PrefixMap, value_hash};
use prescription::leaf::Leaf;
use prescription::map::{MapUpdate, updates};

/// Applies one leaf. A place is given back only by who holds it.
pub(crate) fn apply(map: &mut PrefixMap, leaf: &Leaf) {
    for update in updates(leaf) {
        match update {
            MapUpdate::Set { key, value } => {
                map.insert(MapKey(key), value_hash(&value));
            }
            MapUpdate::Release { key, holder } => {
                let key = MapKey(key);
                if map.get(&key) == Some(value_hash(&holder)) {
                    map.remove(&key);
                }
            }
        }
    }
}
