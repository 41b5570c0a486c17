"""Writes samples.txt: small HDF5 files as h5py 3.7 (HDF5 1.10.8) makes them, gzip and base64. python3 samples.py > samples.txt"""
import base64, gzip, os, tempfile, zlib, h5py, numpy as np
from h5py import h5p, h5d, h5s, h5t
out=tempfile.mkdtemp()
def ramp(*shape): return np.arange(int(np.prod(shape)),dtype='f4').reshape(shape)
def low(parent,name,data,layout=None,chunk=None,early=False,dtype=None,maxdims=None):
    d=h5p.create(h5p.DATASET_CREATE)
    if layout is not None: d.set_layout(layout)
    if chunk: d.set_chunk(chunk)
    if early: d.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    i=h5d.create(parent.id,name.encode(),dtype or h5t.IEEE_F32LE,h5s.create_simple(data.shape,maxdims or data.shape),dcpl=d)
    i.write(h5s.ALL,h5s.ALL,np.ascontiguousarray(data))
for ver in ('earliest','latest'):
    with h5py.File(f'{out}/{ver}.h5','w',libver=ver) as f:
        f.attrs['layer_names']=[b'conv',b'bn']
        g=f.create_group('conv/conv')
        g.create_dataset('kernel:0',data=ramp(3,2,2,4)); g.create_dataset('bias:0',data=ramp(4))
        g=f.create_group('layers/dense/vars'); g.attrs['name']='dense_7'
        g.create_dataset('0',data=ramp(3,2)); g.create_dataset('1',data=ramp(2))
        g=f.create_group('layers/other/vars'); g.attrs['name']=np.bytes_('fixed')
        g.create_dataset('0',data=ramp(2))
        g=f.create_group('c')
        g.create_dataset('gz',data=ramp(7,5),chunks=(3,2),compression='gzip')
        g.create_dataset('all',data=ramp(7,5),chunks=(3,2),compression='gzip',shuffle=True,fletcher32=True)
        g.create_dataset('plain',data=ramp(7,5),chunks=(3,2))
        g.create_dataset('one',data=ramp(7,5),chunks=(7,5),compression='gzip')
        g.create_dataset('oneplain',data=ramp(7,5),chunks=(7,5))
        g.create_dataset('deep',data=ramp(3,3,3,3),chunks=(2,2,2,2),shuffle=True)
        g.create_dataset('room',data=ramp(4,3),chunks=(2,2),maxshape=(8,5),compression='gzip')
        g.create_dataset('never',shape=(3,),dtype='f4',fillvalue=2.5)
        g.create_dataset('neverchunks',shape=(4,),dtype='f4',chunks=(2,),fillvalue=1.5)
        d=g.create_dataset('partly',shape=(6,),dtype='f4',chunks=(2,),fillvalue=9); d[2:4]=[1,2]
        g.create_dataset('big',data=ramp(5).astype('>f4'))
        g.create_dataset('scalar',data=np.float32(7))
        g.create_dataset('empty',shape=(0,4),dtype='f4')
        g.create_dataset('null',data=h5py.Empty('f4'))
        low(g,'compact',ramp(6),layout=h5d.COMPACT)
        low(g,'implicit',ramp(7,5),chunk=(3,2),early=True)
        g.create_dataset('half',data=ramp(3).astype('f2')); g.create_dataset('double',data=ramp(3).astype('f8')); g.create_dataset('long',data=np.arange(3))
        if ver=='latest': g.create_dataset('paged',data=ramp(1030),chunks=(1,))
    with h5py.File(f'{out}/dense-{ver}.h5','w',libver=ver) as f:
        n=60 if ver=='earliest' else 200
        g=f.create_group('g',track_order=ver=='latest')
        x=g.create_dataset('n000',data=ramp(2))
        for k in range(1,n): g[f'n{k:03}']=x
        t=f.create_group('t',track_order=True)
        for k in range(20): t[f'layer_number_{k}']=x
with h5py.File(f'{out}/grows-latest.h5','w',libver='latest') as f: f.create_group('g').create_dataset('a',data=ramp(9),chunks=(2,),maxshape=(None,))
with h5py.File(f'{out}/grows-earliest.h5','w') as f: f.create_group('g').create_dataset('a',data=ramp(9),chunks=(2,),maxshape=(None,))
with h5py.File(f'{out}/lzf.h5','w') as f: f.create_group('g').create_dataset('a',data=ramp(9),chunks=(2,),compression='lzf')
for ver in ('earliest','latest'):
    def h(kind):
        return h5py.File(f'{out}/x-{kind}-{ver}.h5','w',libver=ver)
    with h('external') as f: f.create_group('g').create_dataset('a',shape=(4,),dtype='f4',external=[('/etc/passwd',0,16)])
    with h('soft') as f: g=f.create_group('g'); g['a']=h5py.SoftLink('/etc'); g.create_dataset('b',data=ramp(2))
    with h('softself') as f: f['x']=h5py.SoftLink('x')
    with h('softmodel') as f: f['model_weights']=h5py.SoftLink('model_weights')
    with h('extlink') as f: g=f.create_group('g'); g['a']=h5py.ExternalLink('/tmp/y.h5','/z')
    with h('circle') as f: g=f.create_group('g'); g['again']=f['g']; g['up']=f['/']
    with h('roomy') as f:
        d=f.create_group('g').create_dataset('a',shape=(1<<28,),dtype='f4')
    with h('bomb') as f:
        f.create_group('g').create_dataset('a',shape=(1<<11,1<<12),dtype='f4',chunks=(1<<11,1<<12),compression='gzip',shuffle=True,data=np.zeros((1<<11,1<<12),'f4'))
    with h('unpacks') as f:
        d=f.create_group('g').create_dataset('a',shape=(4,),dtype='f4',chunks=(4,),compression='gzip'); d.id.write_direct_chunk((0,),zlib.compress(bytes(1<<20)))
    with h('deep') as f:
        f.create_group('/'.join('abcdefghijkl')).create_dataset('a',data=ramp(2))
with h5py.File(f'{out}/x-vds-latest.h5','w',libver='latest') as f:
    lay=h5py.VirtualLayout(shape=(4,),dtype='<f4'); lay[:]=h5py.VirtualSource('/tmp/secret.h5','s',shape=(4,)); f.create_group('g').create_virtual_dataset('a',lay)

for name in sorted(os.listdir(out)):
    print(name.removesuffix('.h5'), base64.b64encode(gzip.compress(open(f'{out}/{name}', 'rb').read(), 9, mtime=0)).decode())
