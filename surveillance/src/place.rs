//! Where establishments are.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::code::CluesCode;

/// The municipality and entity of each establishment.
#[derive(Debug, Clone, Default)]
pub struct Places {
    names: Vec<Municipality>,
    /// Of each municipality, the first one recorded of its entity.
    entities: Vec<MunicipalityId>,
    by_entity: HashMap<String, MunicipalityId>,
    by_name: HashMap<Municipality, MunicipalityId>,
    establishments: HashMap<CluesCode, MunicipalityId>,
}

/// A municipality, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Municipality {
    /// Federal entity.
    pub entity: String,
    /// Municipality.
    pub name: String,
}

/// A municipality of a [`Places`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MunicipalityId(u32);

/// How wide the areas of a report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The whole country.
    Country,
    /// A federal entity.
    Entity,
    /// A municipality.
    Municipality,
    /// One establishment.
    Establishment,
}

/// One area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AreaKey {
    /// The whole country.
    Country,
    /// The entity of this municipality; the first one of the entity stands for it.
    Entity(MunicipalityId),
    /// A municipality.
    Municipality(MunicipalityId),
    /// Establishments of which the register does not say where they are.
    Unknown,
    /// One establishment.
    Establishment(CluesCode),
}

impl Places {
    /// Records where an establishment is.
    pub fn insert(&mut self, establishment: CluesCode, municipality: Municipality) {
        let id = self.municipality(municipality);
        self.establishments.insert(establishment, id);
    }

    fn municipality(&mut self, municipality: Municipality) -> MunicipalityId {
        if let Some(id) = self.by_name.get(&municipality) {
            return *id;
        }
        // There are 2,478 municipalities.
        let id = MunicipalityId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let entity = self.by_entity.entry(municipality.entity.clone());
        self.entities.push(*entity.or_insert(id));
        self.names.push(municipality.clone());
        self.by_name.insert(municipality, id);
        id
    }

    /// The municipality of an establishment.
    #[must_use]
    pub fn municipality_of(&self, establishment: CluesCode) -> Option<MunicipalityId> {
        self.establishments.get(&establishment).copied()
    }

    /// The names of a municipality.
    #[must_use]
    pub fn name(&self, id: MunicipalityId) -> Option<&Municipality> {
        self.names.get(usize::try_from(id.0).ok()?)
    }

    /// The first municipality recorded of the same entity, which stands for it.
    #[must_use]
    pub fn entity_of(&self, id: MunicipalityId) -> MunicipalityId {
        let place = usize::try_from(id.0).ok();
        let entity = place.and_then(|place| self.entities.get(place));
        entity.copied().unwrap_or(id)
    }

    /// The area of this width that an establishment lies in.
    #[must_use]
    pub fn area(&self, establishment: CluesCode, area: Area) -> AreaKey {
        match (area, self.municipality_of(establishment)) {
            (Area::Country, _) => AreaKey::Country,
            (Area::Establishment, _) => AreaKey::Establishment(establishment),
            (Area::Entity | Area::Municipality, None) => AreaKey::Unknown,
            (Area::Entity, Some(id)) => AreaKey::Entity(self.entity_of(id)),
            (Area::Municipality, Some(id)) => AreaKey::Municipality(id),
        }
    }

    /// The name of an area: entity, municipality, CLUES.
    #[must_use]
    pub fn label(&self, area: AreaKey) -> String {
        let named = |id, write: &dyn Fn(&Municipality) -> String| {
            self.name(id).map_or_else(String::new, write)
        };
        match area {
            AreaKey::Country => "México".to_owned(),
            AreaKey::Unknown => "(sin ubicación en el catálogo)".to_owned(),
            AreaKey::Entity(id) => named(id, &|name| name.entity.clone()),
            AreaKey::Municipality(id) => {
                named(id, &|name| format!("{}, {}", name.name, name.entity))
            }
            AreaKey::Establishment(clues) => clues.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{clues, places};

    #[test]
    fn areas_widen() {
        let places = places();
        let [a, b, far] = ["HGFAR000001", "HGFAR000004", "DFFAR000001"].map(clues);
        let label = |of, area| places.label(places.area(of, area));
        assert_eq!(label(a, Area::Municipality), "ACATLAN, HIDALGO");
        assert_eq!(label(b, Area::Municipality), "PACHUCA, HIDALGO");
        assert_eq!(places.area(a, Area::Entity), places.area(b, Area::Entity));
        assert_eq!(label(b, Area::Entity), "HIDALGO");
        assert_ne!(places.area(a, Area::Entity), places.area(far, Area::Entity));
        assert_eq!(label(far, Area::Country), "México");
        assert_eq!(label(far, Area::Establishment), "DFFAR000001");
    }

    #[test]
    fn an_unregistered_establishment_is_somewhere() {
        let places = places();
        let stranger = clues("ZZZZZ999999");
        assert_eq!(places.area(stranger, Area::Entity), AreaKey::Unknown);
        assert_eq!(places.area(stranger, Area::Country), AreaKey::Country);
    }
}
